import { type ServingError } from '../errors';
import type { ModelVersion } from '../registry/catalog';
import { withinDeadline } from './deadline';
import type { InferenceSession, SessionLease } from './engine';
import { EvictionOrder } from './eviction-order';
import { LoadFailures, reasonOf } from './load-failures';
import { MemoryBudget } from './memory-budget';
import { mebibytes, modelUnavailable } from './model-unavailable';
import { PrefetchedFiles } from './prefetched-files';
import type { EvictionReason, SessionCacheOptions, SessionCacheStats } from './session-cache-options';
import { estimateSessionBytes } from './session-size';

const MINUTE = 60_000;

/** `sizeBytes` is reserved while loading, exact once `session` is set. */
interface Entry {
  readonly version: ModelVersion;
  sizeBytes: number;
  session?: InferenceSession;
  loaded: Promise<InferenceSession>;
  leases: number;
  lastUsedMs: number;
  /** No longer in the cache; its session goes with the last lease. */
  isEvicted: boolean;
}

/**
 * Loaded models within a byte budget. A model is loaded once however many ask for it at once; a session in use is
 * never disposed: one evicted meanwhile (unload, close) goes with its last lease. The sum of all entries' bytes, those
 * being loaded included, exceeds the budget only by what a load turned out larger than reserved.
 */
export class SessionCache {
  readonly #options: Required<Omit<SessionCacheOptions, 'fetchMany'>>;
  readonly #files: PrefetchedFiles;
  /** By digest: equal models of two names share a session. */
  readonly #entries = new Map<string, Entry>();
  readonly #order: EvictionOrder<Entry>;
  readonly #budget: MemoryBudget;
  readonly #failures: LoadFailures;
  /** What sessions really took, by digest, for the next reservation. */
  readonly #learnt = new Map<string, number>();
  readonly #disposals = new Set<Promise<void>>();
  readonly #sweeper: NodeJS.Timeout;
  readonly #counts = {
    hits: 0,
    misses: 0,
    loads: 0,
    loadFailures: 0,
    loadMsTotal: 0,
    waitTimeouts: 0,
    disposeFailures: 0,
  };
  readonly #evictions = { budget: 0, idle: 0, lost: 0, unloaded: 0, closed: 0 };
  #isClosed = false;

  constructor(options: SessionCacheOptions) {
    this.#options = {
      waitMs: MINUTE / 2,
      idleMs: 15 * MINUTE,
      now: Date.now,
      random: Math.random,
      ...options,
    };
    this.#files = new PrefetchedFiles(options);
    this.#order = new EvictionOrder(({ version }) => version.digest, this.#options.random);
    this.#budget = new MemoryBudget(options.budgetBytes, () => this.#evictOne());
    this.#failures = new LoadFailures(this.#options.now);
    const sweepMs = Math.max(1_000, this.#options.idleMs / 4);
    this.#sweeper = setInterval(() => {
      this.sweep();
    }, sweepMs).unref();
  }

  /**
   * A lease on the version's session, loading it where need be, by `deadline` (ms since 1970) at the latest. Throws
   * ServingError `model-unavailable`, most with `retryAfterSeconds`: broken, in back-off, too large, too slow to load.
   */
  async lease(version: ModelVersion, deadline?: number): Promise<SessionLease> {
    const { now, waitMs } = this.#options;
    this.#order.use(version.digest);
    const found = this.#find(version.digest);
    if (found?.session) {
      this.#counts.hits += 1;
      found.leases += 1;
      return this.#grant(found, found.session, 'hit', 0);
    }
    this.#counts.misses += 1;
    const started = now();
    const entry = found ?? this.#startLoad(version);
    entry.leases += 1; // before the wait, so that nobody evicts the session between its load and this lease
    try {
      const remainingMs = deadline === undefined ? waitMs : deadline - started;
      const session = await withinDeadline(entry.loaded, remainingMs, () => this.#late(version));
      return this.#grant(entry, session, 'miss', now() - started);
    } catch (error) {
      this.#release(entry);
      throw error;
    }
  }

  /**
   * Fetches the files of those versions that are not loaded, in few reads; their first leases then need no read of
   * their own. Best effort: it never throws, a lease fetches what is missing.
   */
  async prefetch(versions: readonly ModelVersion[]): Promise<void> {
    const missing = versions.filter(({ digest }) => !this.#entries.has(digest));
    await this.#files.prefetch(missing);
  }

  /** Why the version is broken, as its last load found; undefined where it is not, or only a passing fault was met. */
  failure(version: ModelVersion): string | undefined {
    return this.#failures.brokenReason(version.digest);
  }

  /** Evicts a version now; running leases keep their session until they end. Forgets a failed load too. */
  unload(version: ModelVersion): void {
    this.#failures.forget(version.digest);
    const entry = this.#entries.get(version.digest);
    if (entry) this.#evict(entry, 'unloaded');
  }

  /** Evicts what has been idle for too long; a timer calls it. */
  sweep(): void {
    const oldest = this.#options.now() - this.#options.idleMs;
    for (const entry of this.#entries.values())
      if (isFree(entry) && entry.lastUsedMs <= oldest) this.#evict(entry, 'idle');
  }

  stats(): SessionCacheStats {
    const entries = [...this.#entries.values()];
    return {
      sessions: entries.filter(({ session }) => session).length,
      leased: entries.filter(({ session, leases }) => session && leases > 0).length,
      bytes: this.#budget.usedBytes,
      budgetBytes: this.#budget.totalBytes,
      ...this.#counts,
      evictions: { ...this.#evictions },
    };
  }

  /** Evicts everything and refuses further loads; resolves once all sessions not in use are disposed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#sweeper);
    for (const entry of this.#entries.values()) this.#evict(entry, 'closed');
    await Promise.all(this.#disposals);
  }

  #find(digest: string): Entry | undefined {
    const entry = this.#entries.get(digest);
    if (entry?.session?.isLost !== true) return entry;
    this.#evict(entry, 'lost');
    return undefined;
  }

  #startLoad(version: ModelVersion): Entry {
    if (this.#isClosed) throw modelUnavailable(version, 'the server is stopping', 1);
    const retryAfterSeconds = this.#failures.retryAfterSeconds(version.digest);
    if (retryAfterSeconds !== undefined)
      throw modelUnavailable(version, this.#failures.reason(version.digest) ?? '', retryAfterSeconds);
    const sizeBytes = this.#learnt.get(version.digest) ?? estimateSessionBytes(version.sizeBytes);
    if (sizeBytes > this.#budget.totalBytes) {
      const budget = `all loaded models may take ${mebibytes(this.#budget.totalBytes)}`;
      throw modelUnavailable(version, `it takes about ${mebibytes(sizeBytes)} of memory, ${budget}`);
    }
    const lastUsedMs = this.#options.now();
    const entry: Entry = { version, sizeBytes, loaded: never, leases: 0, lastUsedMs, isEvicted: false };
    this.#entries.set(version.digest, entry);
    entry.loaded = this.#load(entry);
    entry.loaded.catch(() => undefined); // each waiting lease gets the error; all may have left by then
    return entry;
  }

  async #load(entry: Entry): Promise<InferenceSession> {
    const { version } = entry;
    const { engine, now } = this.#options;
    if (!(await this.#budget.reserve(entry.sizeBytes, () => entry.leases > 0))) {
      this.#forget(entry);
      throw modelUnavailable(version, 'nobody waits for it any more', 1);
    }
    const started = now();
    try {
      const session = await engine.load(await this.#files.fetch(version));
      this.#counts.loads += 1;
      this.#counts.loadMsTotal += now() - started;
      this.#keep(entry, session);
      return session;
    } catch (error) {
      this.#counts.loadFailures += 1;
      this.#failures.record(version.digest, error);
      this.#forget(entry);
      this.#budget.release(entry.sizeBytes);
      throw modelUnavailable(
        version,
        reasonOf(error),
        this.#failures.retryAfterSeconds(version.digest),
        error,
      );
    }
  }

  #keep(entry: Entry, session: InferenceSession): void {
    this.#failures.forget(entry.version.digest);
    this.#learnt.set(entry.version.digest, session.sizeBytes);
    const grownBytes = session.sizeBytes - entry.sizeBytes;
    entry.sizeBytes = session.sizeBytes;
    entry.session = session;
    if (!entry.isEvicted) this.#order.add(entry);
    else if (entry.leases === 0) this.#dispose(entry);
    this.#budget.adjust(grownBytes);
  }

  #forget(entry: Entry): void {
    entry.isEvicted = true;
    if (this.#entries.get(entry.version.digest) === entry) this.#entries.delete(entry.version.digest);
  }

  #grant(entry: Entry, session: InferenceSession, cache: 'hit' | 'miss', loadMs: number): SessionLease {
    let isOver = false;
    const end = (): void => {
      if (!isOver) this.#release(entry);
      isOver = true;
    };
    return { session, cache, loadMs, [Symbol.dispose]: end };
  }

  #release(entry: Entry): void {
    entry.leases -= 1;
    entry.lastUsedMs = this.#options.now();
    if (entry.leases > 0) return;
    if (entry.isEvicted && entry.session) this.#dispose(entry);
    else this.#budget.advance();
  }

  #evictOne(): boolean {
    const entry = this.#order.victim(isFree);
    if (entry) this.#evict(entry, 'budget');
    return entry !== undefined;
  }

  #evict(entry: Entry, reason: EvictionReason): void {
    this.#forget(entry);
    this.#evictions[reason] += 1;
    this.#order.remove(entry);
    if (isFree(entry)) this.#dispose(entry);
  }

  #dispose(entry: Entry): void {
    const disposal = (entry.session?.dispose() ?? Promise.resolve())
      .catch(() => {
        this.#counts.disposeFailures += 1;
      })
      .finally(() => this.#disposals.delete(disposal));
    this.#disposals.add(disposal);
    this.#budget.release(entry.sizeBytes);
  }

  #late(version: ModelVersion): ServingError {
    this.#counts.waitTimeouts += 1;
    return modelUnavailable(version, 'it was not loaded in time', 1);
  }
}

const never = new Promise<never>(() => undefined);

/** Nobody uses it and it is loaded. */
function isFree(entry: Entry): boolean {
  return entry.leases === 0 && entry.session !== undefined;
}
