import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { CONTAINERS, type BlobRef, type BlobStore } from '../../shared/storage/blob-store';
import type { BatchFigures } from './demo-report';
import { getJson } from './get-json';

/** The upload is noticed by polling; a job that is not there after this never comes. */
const START_LIMIT_MS = 60_000;
const POLL_MS = 100;

const listSchema = z.object({ value: z.array(z.object({ id: z.string() })) });
const tallySchema = z.object({ rowsIn: z.number(), rowsScored: z.number(), rowsRejected: z.number() });
const jobSchema = z.object({
  id: z.string(),
  state: z.string(),
  progress: z.number(),
  rowsPerSecond: z.number(),
  tally: tallySchema,
  output: z.object({ container: z.string(), path: z.string(), files: z.array(z.string()) }).nullable(),
  failure: z.object({ code: z.string(), detail: z.string() }).nullable(),
});
const manifestSchema = tallySchema.extend({
  output: z.object({ file: z.string() }),
  models: z.array(z.object({ model: z.string(), rows: z.number() })),
});

type Job = z.infer<typeof jobSchema>;

export interface BatchRun {
  readonly figures: BatchFigures;
  /** The published predictions. */
  readonly output: BlobRef;
  /** Absent where no row was rejected. */
  readonly rejects: BlobRef | undefined;
}

/**
 * Drops a file into an endpoint's inbox and waits for the published output, as a user would; `onProgress` hears of the
 * share done (0 to 1) and rows per second. Throws Error with the reason where the job does not complete.
 */
export async function scoreBatch(
  { url, store, endpoint }: { readonly url: string; readonly store: BlobStore; readonly endpoint: string },
  file: string,
  onProgress: (share: number, rowsPerSecond: number) => void,
): Promise<BatchRun> {
  const bytes = readFileSync(file);
  const started = performance.now();
  await store.put({ container: CONTAINERS.inbox, path: `${endpoint}/flights.parquet` }, bytes);
  const id = await firstJob(url, started + START_LIMIT_MS);
  const job = await completedJob(url, id, onProgress);
  const seconds = (performance.now() - started) / 1_000;
  return describeRun(store, job, { seconds, inputBytes: bytes.length });
}

async function firstJob(url: string, deadline: number): Promise<string> {
  for (;;) {
    const { value } = await getJson(`${url}/jobs`, listSchema);
    const [first] = value;
    if (first) return first.id;
    if (performance.now() > deadline)
      throw new Error(`no scoring job has started within ${START_LIMIT_MS / 1_000} s of the upload`);
    await delay(POLL_MS);
  }
}

async function completedJob(
  url: string,
  id: string,
  onProgress: (share: number, rowsPerSecond: number) => void,
): Promise<Job> {
  for (;;) {
    const job = await getJson(`${url}/jobs/${id}`, jobSchema);
    onProgress(job.progress, job.rowsPerSecond);
    if (job.state === 'Completed') return job;
    if (job.state === 'Failed' || job.state === 'Canceled')
      throw new Error(`scoring job ${id}: ${job.failure?.detail ?? job.state}`);
    await delay(POLL_MS);
  }
}

async function describeRun(
  store: BlobStore,
  { id, tally, output }: Job,
  { seconds, inputBytes }: { readonly seconds: number; readonly inputBytes: number },
): Promise<BatchRun> {
  if (!output) throw new Error(`scoring job ${id} is completed and names no output`);
  const { container } = output;
  const blob = (name: string): BlobRef => ({ container, path: `${output.path}/${name}` });
  const document = await store.get(blob('manifest.json'));
  const manifest = manifestSchema.parse(JSON.parse(document?.bytes.toString() ?? 'null'));
  const published = blob(manifest.output.file);
  const { sizeBytes = 0 } = (await store.properties(published)) ?? {};
  const { rowsIn, rowsScored, rowsRejected } = tally;
  return {
    figures: {
      jobId: id,
      rowsIn,
      rowsScored,
      rowsRejected,
      seconds,
      rowsPerSecond: Math.round(rowsIn / seconds),
      models: manifest.models.length,
      inputBytes,
      outputBytes: sizeBytes,
      output: `${container}/${published.path}`,
    },
    output: published,
    rejects: rowsRejected > 0 ? blob('rejects.csv') : undefined,
  };
}
