import type { ModelVersion } from '../registry/catalog';
import type { Engine, ModelFiles } from '../runtime/engine';
import { SessionCache } from '../runtime/session-cache';
import type { SessionSource } from '../scoring/score-columns';

const MIB = 1024 * 1024;
/** Bytes of small models that a thread keeps: an evicted session comes back without a request to storage. */
const KEPT_BYTES = 16 * MIB;
/** A model over this is kept for the one mini-batch that needs it, no longer. */
const LARGEST_KEPT_BYTES = MIB;

/** Where model bytes come from; ModelRegistry is one. */
export interface ModelSource {
  fetch(version: ModelVersion): Promise<ModelFiles>;
  /** By digest; versions whose bytes are gone or corrupt are left out. */
  fetchMany(versions: readonly ModelVersion[]): Promise<ReadonlyMap<string, ModelFiles>>;
}

export interface BatchSessionsOptions {
  readonly models: ModelSource;
  readonly engine: Engine;
  readonly budgetBytes: number;
}

export interface BatchSessions extends SessionSource {
  close(): Promise<void>;
}

/**
 * Sessions of one batch worker thread. The models of a mini-batch are fetched together before the first is loaded:
 * thousands of small models out of a pack take a few range reads.
 */
export function createBatchSessions({ models, engine, budgetBytes }: BatchSessionsOptions): BatchSessions {
  const kept = new Map<string, ModelFiles>();
  let keptBytes = 0;
  const fetch = async (version: ModelVersion): Promise<ModelFiles> =>
    kept.get(version.digest) ?? (await models.fetch(version));
  const cache = new SessionCache({ engine, fetch, budgetBytes });

  const drop = (digest: string, files: ModelFiles): void => {
    kept.delete(digest);
    keptBytes -= files.onnx.byteLength;
  };
  return {
    lease: (version) => cache.lease(version),
    failure: (version) => cache.failure(version),
    close: () => cache.close(),
    prefetch: async (versions) => {
      const missing = versions.filter(
        ({ digest, sizeBytes }) => sizeBytes <= LARGEST_KEPT_BYTES && !kept.has(digest),
      );
      if (missing.length === 0) return;
      const fetched = await models.fetchMany(missing);
      for (const [digest, files] of fetched) {
        kept.set(digest, files);
        keptBytes += files.onnx.byteLength;
      }
      for (const [digest, files] of kept) {
        if (keptBytes <= KEPT_BYTES || fetched.has(digest)) break;
        drop(digest, files);
      }
    },
  };
}
