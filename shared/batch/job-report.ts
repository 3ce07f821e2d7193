import { z } from 'zod';
import { emptyTally, type JobFailure, type ScoringJob, type Tally } from './job';

/** Azure ML's words for the state of a job. */
export type JobState = 'NotStarted' | 'Running' | 'Finalizing' | 'Completed' | 'Failed' | 'Canceled';

const tallySchema = z.object({ rowsIn: z.number(), rowsScored: z.number(), rowsRejected: z.number() });
const failureSchema = z.object({ code: z.string(), detail: z.string() });

/** What the orchestration answers. Times are ISO 8601. */
const outcomeSchema = z.discriminatedUnion('state', [
  z.object({ state: z.literal('completed'), tally: tallySchema, finishedAt: z.string() }),
  z.object({
    state: z.literal('failed'),
    tally: tallySchema,
    failure: failureSchema,
    finishedAt: z.string(),
  }),
]);

/** The orchestration's custom status. */
const progressSchema = z.object({
  phase: z.enum(['planning', 'scoring', 'publishing']),
  miniBatches: z.number(),
  doneMiniBatches: z.number(),
  rowsIn: z.number(),
  rowsScored: z.number(),
  rowsRejected: z.number(),
});

export type JobOutcome = z.infer<typeof outcomeSchema>;
export type JobProgress = z.infer<typeof progressSchema>;

/** An orchestration as the durable client tells of it; its values have not been checked. */
export interface JobRun {
  readonly runtimeStatus: string;
  readonly output: unknown;
  readonly customStatus: unknown;
  readonly lastUpdatedAt: Date;
}

/** What the ledger says about a job. */
export interface JobRecord {
  readonly job: ScoringJob;
  /** Undefined before the job is planned. */
  readonly planned:
    { readonly rows: number; readonly miniBatches: number; readonly outputFile: string } | undefined;
  /** Mini-batches with a ledger line, and the rows in them. */
  readonly done: { readonly miniBatches: number; readonly rows: number };
  /** True where `_SUCCESS` is there. */
  readonly isPublished: boolean;
}

/** The body of `GET /jobs/{id}`. */
export interface JobReport {
  readonly id: string;
  readonly endpoint: string;
  readonly deployment: string;
  readonly state: JobState;
  /** 0 to 1. */
  readonly progress: number;
  readonly miniBatches: { readonly planned: number | null; readonly done: number };
  readonly submittedAt: string;
  readonly finishedAt: string | null;
  /** From submission to publishing, or until now. */
  readonly seconds: number;
  readonly rowsPerSecond: number;
  readonly tally: Tally;
  readonly input: readonly {
    readonly container: string;
    readonly path: string;
    readonly sizeBytes: number;
  }[];
  readonly output: {
    readonly container: string;
    readonly path: string;
    readonly files: readonly string[];
  } | null;
  readonly failure: JobFailure | null;
}

/**
 * Puts together what the ledger and the orchestration say. A job that has been published is completed even where its
 * orchestration is no longer remembered.
 */
export function reportJob(record: JobRecord, run: JobRun | undefined, now: Date): JobReport {
  const { job, planned, done } = record;
  const submittedAt = new Date(job.submittedAt);
  const outcome = outcomeSchema.safeParse(run?.output).data;
  const progress = progressSchema.safeParse(run?.customStatus).data;
  const state = stateOf(record, run, outcome, progress);
  const isOver = state === 'Completed' || state === 'Failed' || state === 'Canceled';
  const finishedAt = isOver ? new Date(outcome?.finishedAt ?? run?.lastUpdatedAt ?? now) : undefined;
  const seconds = Math.max(0, ((finishedAt ?? now).getTime() - submittedAt.getTime()) / 1_000);
  const tally = outcome?.tally ?? tallyOf(progress);
  const rows = Math.max(tally.rowsIn, done.rows);
  return {
    id: job.id,
    endpoint: job.endpoint,
    deployment: job.deployment,
    state,
    progress: state === 'Completed' ? 1 : round(planned ? (0.99 * done.rows) / planned.rows : 0),
    miniBatches: { planned: planned?.miniBatches ?? null, done: done.miniBatches },
    submittedAt: submittedAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
    seconds: round(seconds),
    rowsPerSecond: seconds > 0 ? Math.round(rows / seconds) : 0,
    tally,
    input: job.inputs.map(({ container, path, sizeBytes }) => ({ container, path, sizeBytes })),
    output: state === 'Completed' && planned ? outputOf(record, planned.outputFile, tally) : null,
    failure: failureOf(state, run, outcome),
  };
}

function stateOf(
  { isPublished }: JobRecord,
  run: JobRun | undefined,
  outcome: JobOutcome | undefined,
  progress: JobProgress | undefined,
): JobState {
  if (outcome) return outcome.state === 'completed' ? 'Completed' : 'Failed';
  switch (run?.runtimeStatus) {
    case 'Running':
    case 'ContinuedAsNew':
    case 'Suspended':
      return progress?.phase === 'publishing' ? 'Finalizing' : 'Running';
    case 'Terminated':
    case 'Canceled':
      return 'Canceled';
    case 'Failed':
      return 'Failed';
    case undefined:
    default:
      return isPublished ? 'Completed' : 'NotStarted';
  }
}

function failureOf(
  state: JobState,
  run: JobRun | undefined,
  outcome: JobOutcome | undefined,
): JobFailure | null {
  if (state !== 'Failed') return null;
  if (outcome?.state === 'failed') return outcome.failure;
  const detail =
    typeof run?.output === 'string'
      ? run.output.slice(0, 500)
      : 'a step failed after its retries; see the logs';
  return { code: 'job-failed', detail };
}

function tallyOf(progress: JobProgress | undefined): Tally {
  if (!progress) return emptyTally;
  const { rowsIn, rowsScored, rowsRejected } = progress;
  return { rowsIn, rowsScored, rowsRejected };
}

function outputOf({ job }: JobRecord, outputFile: string, tally: Tally): NonNullable<JobReport['output']> {
  const files = [outputFile, ...(tally.rowsRejected > 0 ? ['rejects.csv'] : []), 'manifest.json', '_SUCCESS'];
  return {
    container: 'predictions',
    path: job.outputPrefix,
    files: files.map((file) => `${job.outputPrefix}/${file}`),
  };
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
