import type { FeatureSet } from '../features/feature-set';
import type { Signature } from './signature';

/** Where a version's ONNX bytes lie, inside its registry's container. Offsets in bytes, end exclusive. */
export type ModelLocation =
  | { readonly kind: 'folder'; readonly prefix: string }
  | { readonly kind: 'pack'; readonly pack: string; readonly start: number; readonly end: number };

/** One model version as scoring needs it. Equal signatures and feature sets of a catalog are one object. */
export interface ModelVersion {
  readonly model: string;
  readonly version: string;
  readonly location: ModelLocation;
  /** SHA-256 of the ONNX bytes, hex; identifies the session in every cache. */
  readonly digest: string;
  readonly sizeBytes: number;
  readonly signature: Signature;
  readonly featureSet: FeatureSet | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, number>>;
}

export interface CatalogModel {
  readonly name: string;
  /** In order of registration; the last one is `latest`. Never empty. */
  readonly versions: readonly ModelVersion[];
  /** Alias → version. */
  readonly aliases: Readonly<Record<string, string>>;
}

/** A registry's whole index, read from one blob. */
export interface Catalog {
  /** Digest of the content: changes when and only when a model, version or alias does. */
  readonly revision: string;
  readonly models: ReadonlyMap<string, CatalogModel>;
}

export type VersionSelector =
  { readonly version: string } | { readonly alias: string } | { readonly latest: true };

/** The version that a selector names; undefined where the model has none such. */
export function resolveVersion(model: CatalogModel, selector: VersionSelector): ModelVersion | undefined {
  if ('latest' in selector) return model.versions.at(-1);
  const wanted = 'version' in selector ? selector.version : model.aliases[selector.alias];
  return model.versions.find((candidate) => candidate.version === wanted);
}
