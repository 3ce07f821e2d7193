import { ServingError } from '../errors';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const MOST_KEPT = 10_000;

/** A broken file stays broken until somebody registers another; a storage fault passes. */
const BACK_OFF = {
  model: { firstMs: 1 * SECOND, mostMs: 5 * MINUTE },
  storage: { firstMs: SECOND / 4, mostMs: 10 * SECOND },
} as const;

interface Failure {
  readonly attempts: number;
  readonly retryAtMs: number;
  readonly cause: unknown;
}

/**
 * The session cache's negative side: a model whose load failed is not tried again before its back-off is over, so
 * that one broken model costs nobody anything.
 */
export class LoadFailures {
  readonly #now: () => number;
  readonly #failures = new Map<string, Failure>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Records a failed load by the model's digest; each further one doubles the back-off. */
  record(digest: string, cause: unknown): void {
    const attempts = (this.#failures.get(digest)?.attempts ?? 0) + 1;
    const isPassing = cause instanceof ServingError && cause.code === 'storage-unavailable';
    const { firstMs, mostMs } = BACK_OFF[isPassing ? 'storage' : 'model'];
    const backOffMs = Math.min(mostMs, firstMs * 2 ** (attempts - 1));
    this.#failures.delete(digest);
    this.#failures.set(digest, { attempts, retryAtMs: this.#now() + backOffMs, cause });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > MOST_KEPT && oldest !== undefined) this.#failures.delete(oldest);
  }

  forget(digest: string): void {
    this.#failures.delete(digest);
  }

  /** Why the model did not load the last time; undefined where it did or was never tried. */
  reason(digest: string): string | undefined {
    const failure = this.#failures.get(digest);
    return failure && reasonOf(failure.cause);
  }

  /** Seconds (at least 1, whole) until the next try is allowed; undefined where it is now. */
  retryAfterSeconds(digest: string): number | undefined {
    const failure = this.#failures.get(digest);
    if (!failure || failure.retryAtMs <= this.#now()) return undefined;
    return Math.ceil((failure.retryAtMs - this.#now()) / SECOND);
  }
}

/** Only texts meant for callers; of anything else the caller learns nothing. */
export function reasonOf(cause: unknown): string {
  return cause instanceof ServingError ? cause.message : 'its load failed unexpectedly';
}
