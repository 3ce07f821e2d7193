import type { DurableClient, DurableOrchestrationStatus } from 'durable-functions';
import type { ScoringJob } from '../../shared/batch/job';
import type { JobRun } from '../../shared/batch/job-report';
import { services } from '../../shared/services';

/** Name of the orchestration that runs a scoring job; its instance id is the job's id. */
export const SCORE_JOB = 'scoreJob';

const RESTARTABLE = ['Failed', 'Terminated', 'Canceled'];

export interface StartOptions {
  /** Starts a job once more whose earlier run failed or was canceled; what its ledger holds is not done again. */
  readonly isRestart?: boolean;
}

/**
 * Starts a job's orchestration unless it has been started, by whoever and how long ago. Of several callers at once one
 * starts it; the others find it started.
 */
export async function startJob(
  client: DurableClient,
  job: ScoringJob,
  options: StartOptions = {},
): Promise<void> {
  const known = await findStatus(client, job.id);
  if (known && !(options.isRestart === true && isRestartable(known))) return;
  if (!known && (await services().jobs.isPublished(job))) return;
  try {
    await client.startNew(SCORE_JOB, { instanceId: job.id, input: { jobId: job.id } });
  } catch (error) {
    const status = await findStatus(client, job.id);
    if (!status || isRestartable(status)) throw error;
  }
}

/** What the durable client knows of a job's orchestration; undefined where it was never started or is forgotten. */
export async function findRun(client: DurableClient, jobId: string): Promise<JobRun | undefined> {
  const status = await findStatus(client, jobId);
  return (
    status && {
      runtimeStatus: status.runtimeStatus,
      output: status.output,
      customStatus: status.customStatus,
      lastUpdatedAt: new Date(status.lastUpdatedTime),
    }
  );
}

/** A run that ended in failure, by exhausted retries or by a failure it returned. */
function isRestartable({ runtimeStatus, output }: DurableOrchestrationStatus): boolean {
  const isFailure =
    typeof output === 'object' && output !== null && 'state' in output && output.state === 'failed';
  return RESTARTABLE.includes(runtimeStatus) || isFailure;
}

/** durable-functions tells an unknown instance by an error whose only mark is the status in its text. */
async function findStatus(
  client: DurableClient,
  id: string,
): Promise<DurableOrchestrationStatus | undefined> {
  try {
    return await client.getStatus(id);
  } catch (error) {
    if (error instanceof Error && error.message.includes('HTTP 404')) return undefined;
    throw error;
  }
}
