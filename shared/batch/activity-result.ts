import { ServingError, type ErrorCode } from '../errors';
import type { ActivityResult } from './job';

/** Failures that a retry may mend: they are thrown, so that the orchestration retries the activity. */
const FAULTS: readonly ErrorCode[] = [
  'storage-unavailable',
  'model-unavailable',
  'overloaded',
  'deadline-exceeded',
];

/**
 * Runs a step of a job. What no retry can mend (bad input, a gone model, an unknown endpoint) becomes a value;
 * faults of the network and bugs are thrown on.
 */
export async function activityResult<T>(step: () => Promise<T>): Promise<ActivityResult<T>> {
  try {
    return { ok: true, value: await step() };
  } catch (error) {
    if (!(error instanceof ServingError) || FAULTS.includes(error.code)) throw error;
    return { ok: false, failure: { code: error.code, detail: error.message } };
  }
}
