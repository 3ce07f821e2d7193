import type { ActivityResult } from '../shared/batch/job';
import type { JobService } from '../shared/batch/job-service';
import { flightEndpoint } from '../examples/flights/flight-endpoint';

/** Time of each phase in milliseconds, and what the job came to. */
export interface JobTimes {
  readonly submitMs: number;
  readonly planMs: number;
  readonly scoreMs: number;
  readonly publishMs: number;
  /** Processor time of this process while scoring, all threads. */
  readonly scoreCpuMs: number;
  readonly miniBatches: number;
  readonly rowsIn: number;
  readonly rowsScored: number;
  readonly rowsRejected: number;
}

/** Runs a job's steps as the orchestration would, all mini-batches at once; the worker pool bounds them. */
export async function runJob(
  jobs: JobService,
  { container, path }: { readonly container: string; readonly path: string },
): Promise<JobTimes> {
  let last = performance.now();
  const lap = (): number => {
    const now = performance.now();
    const ms = Math.round(now - last);
    last = now;
    return ms;
  };
  const { job } = await jobs.submit(flightEndpoint.name, { input: { container, path }, settings: {} });
  const submitMs = lap();
  const { miniBatches } = valueOf(await jobs.plan({ jobId: job.id }));
  const planMs = lap();
  const before = process.cpuUsage();
  const all = Array.from({ length: miniBatches }, (_, index) =>
    jobs.scoreMiniBatch({ jobId: job.id, index }),
  );
  (await Promise.all(all)).forEach(valueOf);
  const scoreMs = lap();
  const { user, system } = process.cpuUsage(before);
  const publication = valueOf(await jobs.publish({ jobId: job.id }));
  if (publication.status !== 'published')
    throw new Error(`mini-batches are missing: ${publication.miniBatches.join(', ')}`);
  return {
    submitMs,
    planMs,
    scoreMs,
    publishMs: lap(),
    scoreCpuMs: Math.round((user + system) / 1_000),
    miniBatches,
    ...publication.tally,
  };
}

function valueOf<T>(result: ActivityResult<T>): T {
  if (result.ok) return result.value;
  throw new Error(`${result.failure.code}: ${result.failure.detail}`);
}
