import { ServingError } from '../errors';
import { type Catalog, type ModelVersion, resolveVersion, type VersionSelector } from './catalog';
import { checkGate, type Gate } from './gate';
import type { Manifest } from './manifest';
import type { StoredModel } from './model-folder';
import type { ModelRegistry } from './model-registry';
import type { NewModel } from './new-model';

export interface PromotionOptions {
  readonly gate: Gate;
  /** Names of the models to promote; default every candidate. */
  readonly models?: readonly string[];
  /** Which version of a candidate; default the latest. */
  readonly version?: VersionSelector;
}

interface PromotedModel {
  readonly model: string;
  readonly version: string;
}

interface RejectedModel {
  readonly model: string;
  /** Undefined where the candidate has no such version. */
  readonly version: string | undefined;
  readonly reason: string;
}

/** Every model considered is in exactly one list, in the order of the candidates. */
export interface Promotion {
  readonly promoted: readonly PromotedModel[];
  readonly rejected: readonly RejectedModel[];
  /** Already in production. Where `champion` points now is left alone, so that a rollback by hand stays. */
  readonly unchanged: readonly PromotedModel[];
}

interface PromotionPlan {
  readonly wanted: readonly ModelVersion[];
  readonly rejected: readonly RejectedModel[];
  readonly unchanged: readonly PromotedModel[];
}

/**
 * Copies the candidates that pass the gate into production, as one pack and one change of its catalog: readers see
 * all of them or none. Alias `champion` moves to them, `previous` keeps the version it leaves. Running it again
 * promotes nothing new. A candidate whose bytes are gone or corrupt is rejected and keeps no other back.
 */
export async function promote(
  candidates: ModelRegistry,
  production: ModelRegistry,
  options: PromotionOptions,
): Promise<Promotion> {
  const plan = planPromotion(await candidates.refresh(), await production.refresh(), options);
  const files = await candidates.fetchMany(plan.wanted);
  const manifests = await candidates.manifests(plan.wanted);
  const models: NewModel[] = [];
  const rejected = [...plan.rejected];
  for (const [index, version] of plan.wanted.entries()) {
    const stored = files.get(version.digest);
    const manifest = manifests[index];
    if (stored === undefined) rejected.push(reject(version, await whyUnreadable(candidates, version)));
    else if (manifest === undefined) rejected.push(reject(version, 'its manifest is gone or not valid'));
    else models.push(toNewModel(version, manifest, stored));
  }
  if (models.length > 0) {
    await production.registerPack(models, { alias: 'champion', previous: 'previous' });
  }
  const promoted = models.map(({ name, version }) => ({ model: name, version }));
  return { promoted, rejected, unchanged: plan.unchanged };
}

/** What to copy and what not, and why. */
function planPromotion(candidates: Catalog, production: Catalog, options: PromotionOptions): PromotionPlan {
  const wanted: ModelVersion[] = [];
  const rejected: RejectedModel[] = [];
  const unchanged: PromotedModel[] = [];
  for (const name of options.models ?? candidates.models.keys()) {
    const model = candidates.models.get(name);
    const version = model && resolveVersion(model, options.version ?? { latest: true });
    if (version === undefined) {
      rejected.push({ model: name, version: undefined, reason: 'there is no such candidate' });
      continue;
    }
    const known = production.models.get(name)?.versions.find((other) => other.version === version.version);
    const reasons = checkGate(options.gate, version.metrics);
    if (known?.digest === version.digest) unchanged.push({ model: name, version: version.version });
    else if (known !== undefined)
      rejected.push(reject(version, 'production has this version with other bytes'));
    else if (reasons.length > 0) rejected.push(reject(version, reasons.join('; ')));
    else wanted.push(version);
  }
  return { wanted, rejected, unchanged };
}

function toNewModel(version: ModelVersion, manifest: Manifest, files: StoredModel): NewModel {
  return {
    name: version.model,
    version: version.version,
    ...files,
    description: manifest.description,
    featureSet: version.featureSet,
    tags: version.tags,
    metrics: version.metrics,
    provenance: manifest.provenance,
  };
}

async function whyUnreadable(candidates: ModelRegistry, version: ModelVersion): Promise<string> {
  try {
    await candidates.fetch(version);
    return 'its bytes could not be read';
  } catch (error) {
    if (error instanceof ServingError && error.code === 'invalid-model') return error.message;
    throw error;
  }
}

function reject({ model, version }: ModelVersion, reason: string): RejectedModel {
  return { model, version, reason };
}
