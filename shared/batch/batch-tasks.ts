import { ModelIndex } from '../endpoints/model-index';
import type { SessionSource } from '../scoring/score-columns';
import type { BlobStore } from '../storage/blob-store';
import { activityResult } from './activity-result';
import { InputReader } from './input-reader';
import type { ActivityResult, Tally } from './job';
import type { JobPlan } from './job-plan';
import { Ledger } from './ledger';
import { MiniBatchScorer, type MiniBatchTask } from './mini-batch-scorer';
import { planJob } from './plan-job';
import { releaseMemory } from './release-memory';

export interface PlanTask {
  readonly jobId: string;
}

/** What the orchestration needs to know of a plan. */
export interface PlanSummary {
  readonly miniBatches: number;
  readonly rows: number;
  readonly maxConcurrency: number;
  readonly errorThreshold: number;
  readonly attempts: number;
}

/** Tasks of a batch worker thread, by the names under which {@link JobService} calls them. */
export interface BatchTasks {
  readonly 'plan-job': (task: PlanTask) => Promise<ActivityResult<PlanSummary>>;
  readonly 'score-mini-batch': (task: MiniBatchTask) => Promise<ActivityResult<Tally>>;
}

/** Rows after which a thread gives back what their columns took; some 100 bytes a row pile up until then. */
const RELEASE_EVERY_ROWS = 200_000;

/** What a thread scores with. */
export interface BatchParts {
  readonly store: BlobStore;
  readonly sessions: SessionSource;
}

/** The thread's side of batch scoring, over the thread's own store and sessions. */
export function createBatchTasks({ store, sessions }: BatchParts): BatchTasks {
  // Each worker thread is one unit of parallelism; Polars reads this when it is loaded.
  process.env['POLARS_MAX_THREADS'] ??= '1';
  const scorer = new MiniBatchScorer(store, sessions);
  let rowsSinceRelease = 0;
  return {
    'plan-job': (task) => activityResult(() => planOnce(store, task)),
    'score-mini-batch': async (task) => {
      const result = await scorer.score(task);
      rowsSinceRelease += result.ok ? result.value.rowsIn : 0;
      if (rowsSinceRelease >= RELEASE_EVERY_ROWS) {
        rowsSinceRelease = 0;
        await releaseMemory();
      }
      return result;
    },
  };
}

/** The plan is written once; a job that is planned again keeps the first one. */
async function planOnce(store: BlobStore, { jobId }: PlanTask): Promise<PlanSummary> {
  const ledger = new Ledger(store);
  const job = await ledger.job(jobId);
  const plan = (await ledger.findPlan(jobId)) ?? (await makePlan());
  const { maxConcurrencyPerInstance, errorThreshold, retrySettings } = job.settings;
  return {
    miniBatches: plan.miniBatches.length,
    rows: plan.rows,
    maxConcurrency: maxConcurrencyPerInstance,
    errorThreshold,
    attempts: retrySettings.maxRetries + 1,
  };

  async function makePlan(): Promise<JobPlan> {
    const index = new ModelIndex(await ledger.catalog(job.catalogRevision), job.selector);
    const made = await planJob(job, index, new InputReader(store));
    await ledger.addPlan(jobId, made);
    return made;
  }
}
