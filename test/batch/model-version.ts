import type { FeatureSet } from '../../shared/features/feature-set';
import type { ModelVersion } from '../../shared/registry/catalog';

/** A model version by name, with nothing behind it. */
export function modelVersion(model: string, version: string, featureSet?: FeatureSet): ModelVersion {
  return {
    model,
    version,
    location: { kind: 'folder', prefix: model },
    digest: `${model}/${version}`,
    sizeBytes: 1,
    signature: { inputs: [], outputs: [] },
    featureSet,
    tags: {},
    metrics: {},
  };
}
