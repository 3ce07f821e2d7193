import * as df from 'durable-functions';
import type { OrchestrationContext, RetryOptions, Task } from 'durable-functions';
import type { PlanSummary } from '../shared/batch/batch-tasks';
import {
  addTallies,
  emptyTally,
  exceedsErrorThreshold,
  type ActivityResult,
  type JobFailure,
  type Tally,
} from '../shared/batch/job';
import type { JobOutcome, JobProgress } from '../shared/batch/job-report';
import type { Publication } from '../shared/batch/publish-job';
import { SCORE_JOB } from './support/job-run';
import { run } from './support/orchestration';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** Attempts of planning and publishing; mini-batches take theirs from the job's retry settings. */
const STEP_ATTEMPTS = 4;
/** A wave holds this many times what one instance runs at once: few turns, and all instances kept busy. */
const WAVE_FACTOR = 8;
/** Storage drops staged blocks after a week: lost parts are scored again this often at most. */
const MOST_ROUNDS = 3;

export interface ScoreJobInput {
  readonly jobId: string;
}

/**
 * Plan, fan out in waves, publish. Rows never pass through here: an activity gets a job id and a mini-batch index, reads
 * and writes blobs, and answers a tally. Activities throw for faults worth a retry only; what no retry mends comes back
 * as a value and ends the job. Why waves: docs/adr/0004-fan-out-in-waves.md.
 */
export function* scoreJob(context: OrchestrationContext): Generator<Task, JobOutcome> {
  const { jobId } = context.df.getInput<ScoreJobInput>();
  const tallies: Tally[] = [];
  report(context, 'planning', 0, tallies);
  const planned = yield* run<ActivityResult<PlanSummary>>(
    context.df.callActivityWithRetry('planJob', retry(STEP_ATTEMPTS), { jobId }),
  );
  if (!planned.ok) return failed(context, tallies, planned.failure);
  const plan = planned.value;

  let indices: readonly number[] = Array.from({ length: plan.miniBatches }, (_, index) => index);
  for (let round = 1; ; round++) {
    const failure = yield* scoreInWaves(context, jobId, plan, indices, tallies);
    if (failure) return failed(context, tallies, failure);
    report(context, 'publishing', plan.miniBatches, tallies);
    const published = yield* run<ActivityResult<Publication>>(
      context.df.callActivityWithRetry('publishJob', retry(STEP_ATTEMPTS), { jobId }),
    );
    if (!published.ok) return failed(context, tallies, published.failure);
    if (published.value.status === 'published') {
      return { state: 'completed', tally: published.value.tally, finishedAt: now(context) };
    }
    indices = published.value.miniBatches;
    if (round === MOST_ROUNDS) {
      const detail = `the staged output of ${indices.length} mini-batches was lost ${round} times`;
      return failed(context, tallies, { code: 'storage-unavailable', detail });
    }
  }
}

/** Answers why the job has failed, if it has. */
function* scoreInWaves(
  context: OrchestrationContext,
  jobId: string,
  plan: PlanSummary,
  indices: readonly number[],
  tallies: Tally[],
): Generator<Task, JobFailure | undefined> {
  const size = plan.maxConcurrency * WAVE_FACTOR;
  for (let first = 0; first < indices.length; first += size) {
    report(context, 'scoring', plan.miniBatches, tallies);
    const wave = indices.slice(first, first + size);
    const tasks = wave.map((index) =>
      context.df.callActivityWithRetry('scoreMiniBatch', retry(plan.attempts), { jobId, index }),
    );
    const results = yield* run<ActivityResult<Tally>[]>(context.df.Task.all(tasks));
    for (const [position, result] of results.entries()) {
      if (!result.ok) return result.failure;
      tallies[wave[position] ?? 0] = result.value;
    }
    const { rowsRejected } = sum(tallies);
    if (exceedsErrorThreshold(sum(tallies), plan.errorThreshold)) {
      const detail = `${rowsRejected} rows were rejected so far, the error threshold is ${plan.errorThreshold}`;
      return { code: 'too-many-rejects', detail };
    }
  }
  return undefined;
}

function report(
  context: OrchestrationContext,
  phase: JobProgress['phase'],
  miniBatches: number,
  tallies: readonly Tally[],
): void {
  const doneMiniBatches = tallies.filter(Boolean).length;
  const progress: JobProgress = { phase, miniBatches, doneMiniBatches, ...sum(tallies) };
  context.df.setCustomStatus(progress);
}

function failed(context: OrchestrationContext, tallies: readonly Tally[], failure: JobFailure): JobOutcome {
  return { state: 'failed', tally: sum(tallies), failure, finishedAt: now(context) };
}

function sum(tallies: readonly Tally[]): Tally {
  return tallies.reduce(addTallies, emptyTally);
}

/** The orchestration's clock: the same at every replay. */
function now(context: OrchestrationContext): string {
  return context.df.currentUtcDateTime.toISOString();
}

/** Attempts only: a retry timeout leaves the orchestration running for good when it expires. */
function retry(attempts: number): RetryOptions {
  const options = new df.RetryOptions(2 * SECOND, attempts);
  options.backoffCoefficient = 2;
  options.maxRetryIntervalInMilliseconds = MINUTE;
  return options;
}

df.app.orchestration(SCORE_JOB, scoreJob);
