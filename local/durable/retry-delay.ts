import { type RetryPolicy } from './orchestrator-action';
import { compareTimestamps, plusMilliseconds, type Timestamp } from './timestamp';

/**
 * How long to wait before the next attempt, in milliseconds: first × coefficient^(attempt − 1), capped.
 * `attempt` is the number (from 1) of the attempt that has just failed.
 */
export function retryDelayMs(policy: RetryPolicy, attempt: number): number {
  const delay = policy.firstRetryIntervalInMilliseconds * (policy.backoffCoefficient ?? 1) ** (attempt - 1);
  return Math.min(delay, policy.maxRetryIntervalInMilliseconds ?? Number.POSITIVE_INFINITY);
}

/** Whether no further attempt may begin at `now`, counted from the first attempt. */
export function isRetryExpired(policy: RetryPolicy, firstAttemptAt: Timestamp, now: Timestamp): boolean {
  const timeout = policy.retryTimeoutInMilliseconds;
  if (timeout === undefined) return false;
  return compareTimestamps(now, plusMilliseconds(firstAttemptAt, timeout)) >= 0;
}
