import { setTimeout as delay } from 'node:timers/promises';
import type { JobReport } from '../../../shared/batch/job-report';
import { CONTAINERS, type BlobProperties, type BlobStore } from '../../../shared/storage/blob-store';

const LIMIT_MS = 60_000;
const PAUSE_MS = 15;

/** Asks again and again until there is an answer; rejects after 60 s. */
export async function eventually<T>(
  what: string,
  ask: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const deadline = Date.now() + LIMIT_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`Not within ${LIMIT_MS} ms: ${what}`);
    await delay(PAUSE_MS);
  }
}

export async function listBlobs(
  store: BlobStore,
  container: string,
  prefix?: string,
): Promise<BlobProperties[]> {
  const blobs: BlobProperties[] = [];
  for await (const blob of store.list(container, prefix)) blobs.push(blob);
  return blobs;
}

/** Ids of all submitted jobs. */
export async function jobIds(store: BlobStore): Promise<string[]> {
  const blobs = await listBlobs(store, CONTAINERS.ledger, 'jobs/');
  return blobs.map(({ path }) => path.slice('jobs/'.length, -'.json'.length));
}

/** The one job that is submitted now and was not before. */
export async function newJob(store: BlobStore, before: readonly string[]): Promise<string> {
  return eventually('a job is submitted', async () =>
    (await jobIds(store)).find((id) => !before.includes(id)),
  );
}

export async function getJob(url: string, id: string): Promise<JobReport> {
  const answer = await fetch(`${url}/jobs/${id}`);
  if (!answer.ok) throw new Error(`GET /jobs/${id}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as JobReport;
}

/** Waits until the job has ended, whether well or not. */
export function jobEnded(url: string, id: string): Promise<JobReport> {
  return eventually(`job ${id} ends`, async () => {
    const report = await getJob(url, id);
    return ['Completed', 'Failed', 'Canceled'].includes(report.state) ? report : undefined;
  });
}
