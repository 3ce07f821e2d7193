import { setTimeout as delay } from 'node:timers/promises';
import { CONTAINERS, type BlobProperties, type BlobStore } from '../../../shared/storage/blob-store';
import { digestOf, type JobNames, type PublishedFiles } from './published-files';
import { listBlobs } from './scoring-jobs';

/** Pause between listings: the host under test shares the processor with this reader. */
const PAUSE_MS = 8;

export interface PredictionsReader {
  readonly listings: number;
  /** Of these, how many showed a job with some of its files but without `_SUCCESS`. */
  readonly beforeSuccess: number;
  /** Ends the reading; answers all that was wrong. */
  stop(): Promise<readonly string[]>;
}

export interface ReaderOptions {
  readonly store: BlobStore;
  /** Jobs whose files are known: all others are checked against `expected`. */
  readonly except: ReadonlySet<string>;
  /** Final files of a job by the format of its output. */
  readonly expected: Readonly<Record<'parquet' | 'csv', PublishedFiles>>;
  readonly namesOf: (id: string) => Promise<JobNames & { readonly format: 'parquet' | 'csv' }>;
}

/**
 * Lists `predictions/` again and again as consumers do. Whatever file is listed must have its final bytes, and where
 * `_SUCCESS` is listed all files must be.
 */
export function startReader({ store, except, expected, namesOf }: ReaderOptions): PredictionsReader {
  const problems: string[] = [];
  const seen = new Set<string>();
  let listings = 0;
  let beforeSuccess = 0;
  let isOver = false;

  async function checkJob(id: string, blobs: readonly BlobProperties[]): Promise<void> {
    const names = await namesOf(id);
    const final = expected[names.format];
    const files = new Set<string>();
    for (const { path, etag } of blobs) {
      const name = path.split('/').at(-1) ?? '';
      files.add(name);
      if (seen.has(`${path} ${etag}`)) continue;
      seen.add(`${path} ${etag}`);
      const blob = await store.get({ container: CONTAINERS.predictions, path });
      if (!blob) problems.push(`${path} was listed and is gone`);
      else if (digestOf(name, blob.bytes, names) !== final[name])
        problems.push(`${path}: ${blob.bytes.length} bytes are not the final ones`);
    }
    if (!files.has('_SUCCESS')) beforeSuccess++;
    else if (files.size < Object.keys(final).length)
      problems.push(`${id}: _SUCCESS stands beside ${[...files].join(', ')} only`);
  }

  async function read(): Promise<void> {
    while (!isOver) {
      const byJob = new Map<string, BlobProperties[]>();
      for (const blob of await listBlobs(store, CONTAINERS.predictions)) {
        const [, id = ''] = blob.path.split('/');
        byJob.set(id, [...(byJob.get(id) ?? []), blob]);
      }
      listings++;
      for (const [id, blobs] of byJob) if (!except.has(id)) await checkJob(id, blobs);
      await delay(PAUSE_MS);
    }
  }

  const reading = read().catch((error: unknown) => void problems.push(`the reader failed: ${String(error)}`));
  return {
    get listings() {
      return listings;
    },
    get beforeSuccess() {
      return beforeSuccess;
    },
    stop: async () => {
      isOver = true;
      await reading;
      return problems;
    },
  };
}
