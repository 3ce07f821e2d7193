import type { ModelVersion } from '../registry/catalog';
import type { Engine, ModelFiles } from './engine';

export interface SessionCacheOptions {
  readonly engine: Engine;
  readonly fetch: (version: ModelVersion) => Promise<ModelFiles>;
  /** Fetches many at once in fewer reads, by digest; for the cache's `prefetch`. */
  readonly fetchMany?: (versions: readonly ModelVersion[]) => Promise<ReadonlyMap<string, ModelFiles>>;
  /** Most memory that loaded sessions may take together, as accounted by their `sizeBytes`. */
  readonly budgetBytes: number;
  /** How long a lease waits for a load where its caller gives no deadline. Default 30 s. */
  readonly waitMs?: number;
  /** A session unused for so long is evicted. Default 15 minutes. */
  readonly idleMs?: number;
  readonly now?: () => number;
  readonly random?: () => number;
}

export type EvictionReason = 'budget' | 'idle' | 'lost' | 'unloaded' | 'closed';

/** Counters since the start; `sessions`, `leased` and the byte figures are of this moment. */
export interface SessionCacheStats {
  readonly sessions: number;
  readonly leased: number;
  readonly bytes: number;
  readonly budgetBytes: number;
  readonly hits: number;
  readonly misses: number;
  readonly loads: number;
  readonly loadFailures: number;
  readonly loadMsTotal: number;
  /** Leases that gave up waiting for a load. */
  readonly waitTimeouts: number;
  readonly disposeFailures: number;
  readonly evictions: Readonly<Record<EvictionReason, number>>;
}
