import { type ErrorCode, ServingError } from '../errors';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const PASSING: readonly ErrorCode[] = [
  'storage-unavailable',
  'model-unavailable',
  'overloaded',
  'deadline-exceeded',
];
const MOST_KEPT = 10_000;

/** A broken file stays broken until somebody registers another; a fault of storage or of a thread passes. */
const BACK_OFF = {
  model: { firstMs: 1 * SECOND, mostMs: 5 * MINUTE },
  fault: { firstMs: SECOND / 4, mostMs: 10 * SECOND },
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
    const { firstMs, mostMs } = BACK_OFF[isPassing(cause) ? 'fault' : 'model'];
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

  /** As {@link reason}, but only where the model itself is broken: no retry would mend it. */
  brokenReason(digest: string): string | undefined {
    return isPassing(this.#failures.get(digest)?.cause) ? undefined : this.reason(digest);
  }

  /** Seconds (at least 1, whole) until the next try is allowed; undefined where it is now. */
  retryAfterSeconds(digest: string): number | undefined {
    const failure = this.#failures.get(digest);
    if (!failure || failure.retryAtMs <= this.#now()) return undefined;
    return Math.ceil((failure.retryAtMs - this.#now()) / SECOND);
  }
}

function isPassing(cause: unknown): boolean {
  return cause instanceof ServingError && PASSING.includes(cause.code);
}

/** Only texts meant for callers; of anything else the caller learns nothing. */
export function reasonOf(cause: unknown): string {
  return cause instanceof ServingError ? cause.message : 'its load failed unexpectedly';
}
