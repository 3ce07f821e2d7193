import type { BatchSettings, Selector } from '../endpoints/endpoint';

/** An input blob as it was when the scoring job was submitted. */
export interface InputBlob {
  readonly container: string;
  readonly path: string;
  readonly etag: string;
  readonly sizeBytes: number;
  /** `md5:…` or `sha256:…` of the content: equal bytes under one path are one job, whatever their etag. */
  readonly fingerprint: string;
}

/** `ledger/jobs/{id}.json`: everything that decides what the job does; written once, never changed. */
export interface ScoringJob {
  /** Hash of all that follows but the inputs' etags and the time: equal requests are one job. */
  readonly id: string;
  readonly endpoint: string;
  readonly deployment: string;
  /** The deployment's selector and the endpoint's output names as they were at submission. */
  readonly selector: Selector;
  readonly outputNames: Readonly<Record<string, string>>;
  readonly inputs: readonly [InputBlob, ...InputBlob[]];
  readonly settings: BatchSettings;
  /** The catalog that the job scores with; a copy of it lies in the ledger. */
  readonly catalogRevision: string;
  /** Schedule and due time where a schedule submitted the job: each occurrence is a job of its own. */
  readonly occurrence?: string | undefined;
  /** When it was first submitted, ISO 8601. */
  readonly submittedAt: string;
  /** Folder of the output inside the container `predictions`: `{endpoint}/{id}`. */
  readonly outputPrefix: string;
}

/** Rows of one mini-batch or of a whole job: `rowsIn = rowsScored + rowsRejected`, always. */
export interface Tally {
  readonly rowsIn: number;
  readonly rowsScored: number;
  readonly rowsRejected: number;
}

export const emptyTally: Tally = { rowsIn: 0, rowsScored: 0, rowsRejected: 0 };

export function addTallies(a: Tally, b: Tally): Tally {
  return {
    rowsIn: a.rowsIn + b.rowsIn,
    rowsScored: a.rowsScored + b.rowsScored,
    rowsRejected: a.rowsRejected + b.rowsRejected,
  };
}

/** `errorThreshold` is the most rejected rows a job may have; −1 means any number. */
export function exceedsErrorThreshold(tally: Tally, errorThreshold: number): boolean {
  return errorThreshold >= 0 && tally.rowsRejected > errorThreshold;
}

/** A job that cannot succeed whatever is retried: answered by activities as a value, never thrown. */
export interface JobFailure {
  readonly code: string;
  readonly detail: string;
}

export type ActivityResult<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: JobFailure };
