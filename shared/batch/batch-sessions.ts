import type { ModelVersion } from '../registry/catalog';
import type { Engine, ModelFiles } from '../runtime/engine';
import { SessionCache } from '../runtime/session-cache';

/** A mini-batch has no caller that waits: a load may take what it takes. */
const WAIT_MS = 10 * 60_000;

export interface BatchSessionsOptions {
  /** Where model bytes come from; ModelRegistry is one. */
  readonly models: {
    fetch(version: ModelVersion): Promise<ModelFiles>;
    fetchMany(versions: readonly ModelVersion[]): Promise<ReadonlyMap<string, ModelFiles>>;
  };
  readonly engine: Engine;
  readonly budgetBytes: number;
}

/** Sessions of one batch worker thread; the models of a mini-batch are fetched together before the first is loaded. */
export function createBatchSessions({ models, engine, budgetBytes }: BatchSessionsOptions): SessionCache {
  return new SessionCache({
    engine,
    budgetBytes,
    fetch: (version) => models.fetch(version),
    fetchMany: (versions) => models.fetchMany(versions),
    waitMs: WAIT_MS,
  });
}
