import { ServingError } from '../errors';
import { CONTAINERS, type BlobProperties, type BlobStore } from '../storage/blob-store';
import type { JobFailure, ScoringJob } from './job';
import type { JobRequest } from './job-request';
import { Ledger, noteKey } from './ledger';
import type { SubmittedJob } from './job-service';

const HANDLED = 'uploads';
const REFUSED = 'failed-uploads';

/** What came of an upload. */
export type Receipt =
  | { readonly status: 'started'; readonly job: ScoringJob }
  | { readonly status: 'known' | 'gone' }
  | { readonly status: 'refused'; readonly failure: JobFailure };

export interface InboxOptions {
  readonly store: BlobStore;
  readonly jobs: { submit(endpoint: string, request: JobRequest): Promise<SubmittedJob> };
  /** Starts the job's orchestration unless it has been started; called again until it succeeds. */
  readonly start: (job: ScoringJob) => Promise<void>;
}

/**
 * Uploads to `inbox/{endpoint}/{name}`. Each write of a blob (its etag) is dealt with once, however often it is told:
 * by a job, or, where none can be made of it (no such endpoint), by `ledger/failed-uploads/…`, so that nothing tries forever.
 */
export class Inbox {
  readonly #options: InboxOptions;
  readonly #ledger: Ledger;

  constructor(options: InboxOptions) {
    this.#options = options;
    this.#ledger = new Ledger(options.store);
  }

  /** `path` is the blob's inside the container. Throws for faults that a retry may mend. */
  async receive(path: string): Promise<Receipt> {
    const properties = await this.#options.store.properties({ container: CONTAINERS.inbox, path });
    if (!properties) return { status: 'gone' };
    const key = uploadKey(properties);
    if (await this.#ledger.findNote(HANDLED, key)) return { status: 'known' };
    try {
      const [endpoint = ''] = path.split('/');
      const { job } = await this.#options.jobs.submit(endpoint, {
        input: { container: CONTAINERS.inbox, path },
        settings: {},
      });
      await this.#options.start(job);
      await this.#ledger.addNote(HANDLED, key, { path, etag: properties.etag, job: job.id });
      return { status: 'started', job };
    } catch (error) {
      if (!isFinal(error)) throw error;
      const failure = { code: error.code, detail: error.message };
      await this.#ledger.addNote(REFUSED, key, { path, etag: properties.etag, ...failure });
      await this.#ledger.addNote(HANDLED, key, { path, etag: properties.etag, ...failure });
      return { status: 'refused', failure };
    }
  }

  /**
   * Deals with uploads whose event was missed: those older than `minimumAgeMs`, as younger ones may yet be told.
   * Answers how many jobs it started.
   */
  async sweep(now: Date, minimumAgeMs: number): Promise<number> {
    const handled = await this.#ledger.listNotes(HANDLED);
    const missed: string[] = [];
    for await (const blob of this.#options.store.list(CONTAINERS.inbox)) {
      const isOld = now.getTime() - blob.lastModified.getTime() >= minimumAgeMs;
      if (isOld && blob.path.includes('/') && !handled.has(noteKey(uploadKey(blob)))) missed.push(blob.path);
    }
    let started = 0;
    for (const path of missed) {
      const { status } = await this.receive(path);
      if (status === 'started') started += 1;
    }
    return started;
  }
}

function uploadKey({ path, etag }: BlobProperties): string {
  return JSON.stringify([path, etag]);
}

/** The upload itself is at fault, or the endpoint it is for. A blob that changes under our hands tells its own event. */
function isFinal(error: unknown): error is ServingError {
  const codes = ['endpoint-not-found', 'invalid-document', 'invalid-input', 'not-found', 'invalid-parameter'];
  return error instanceof ServingError && codes.includes(error.code);
}
