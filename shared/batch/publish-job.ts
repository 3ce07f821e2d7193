import { ServingError } from '../errors';
import type { BlobStore } from '../storage/blob-store';
import { exceedsErrorThreshold, type ScoringJob, type Tally } from './job';
import type { JobPlan } from './job-plan';
import { Ledger, type LedgerLine } from './ledger';
import { addCounts } from './mini-batch-scorer';
import { MAGIC } from './parquet/footer';
import { joinParts } from './parquet/parquet-file';
import {
  csvHeader,
  HEAD_BLOCK,
  MANIFEST_FILE,
  outputColumns,
  outputRef,
  partBlock,
  rejectsColumns,
  REJECTS_FILE,
  SUCCESS_FILE,
  TAIL_BLOCK,
} from './staged-output';

/** Ledger lines that are read at once. */
const READ_AT_ONCE = 16;

/** What publishing came to: mini-batches that must be scored (again) first, or the whole job's tally. */
export type Publication =
  | { readonly status: 'incomplete'; readonly miniBatches: readonly [number, ...number[]] }
  | { readonly status: 'published'; readonly tally: Tally };

/**
 * Publishes a job: commits the staged parts, rejects first, then the output, then `manifest.json`, `_SUCCESS` last.
 * Each file appears whole at one instant. Every step may have been done before by a run that was killed.
 * Throws ServingError `too-many-rejects` over the job's error threshold; nothing is published then.
 */
export async function publishJob(store: BlobStore, jobId: string): Promise<Publication> {
  const ledger = new Ledger(store);
  const [job, plan] = await Promise.all([ledger.job(jobId), ledger.plan(jobId)]);
  const lines = await readLines(ledger, jobId, plan.miniBatches.length);
  const output: StagedFile = { file: plan.outputFile, sizes: lines.map((line) => line && outputBytes(line)) };
  const rejects: StagedFile = { file: REJECTS_FILE, sizes: lines.map((line) => line?.rejectsBytes) };
  const isPublished = await isThere(store, job, output);
  const lost = new Set(isPublished ? [] : await lostParts(store, job, output));
  if (!isPublished && !(await isThere(store, job, rejects))) {
    for (const index of await lostParts(store, job, rejects)) lost.add(index);
  }
  for (const index of lost) await ledger.dropLine(jobId, index);
  const [first, ...rest] = lines.flatMap((line, index) => (!line || lost.has(index) ? [index] : []));
  if (first !== undefined) return { status: 'incomplete', miniBatches: [first, ...rest] };

  const done = lines.filter((line) => line !== undefined);
  const total = done.reduce<Totals>(addCounts, {
    tally: { rowsIn: 0, rowsScored: 0, rowsRejected: 0 },
    rowsSkipped: 0,
    models: {},
  });
  assertAllRows(job, plan, total.tally);
  requireThreshold(job, total.tally);
  if (!isPublished) {
    await commit(store, job, rejects, csvHeader(rejectsColumns(plan)));
    await commit(store, job, output, headOf(plan), tailOf(plan, done));
  }
  const manifest = Buffer.from(`${JSON.stringify(manifestOf(job, plan, total), undefined, 2)}\n`);
  await store.put(outputRef(job, MANIFEST_FILE), manifest, { contentType: 'application/json' });
  await store.put(outputRef(job, SUCCESS_FILE), Buffer.alloc(0));
  return { status: 'published', tally: total.tally };
}

type Totals = Pick<LedgerLine, 'tally' | 'rowsSkipped' | 'models'>;

/** A file of the output and the bytes that each mini-batch staged of it; undefined where that is not known. */
interface StagedFile {
  readonly file: string;
  readonly sizes: readonly (number | undefined)[];
}

async function readLines(ledger: Ledger, jobId: string, count: number): Promise<(LedgerLine | undefined)[]> {
  const lines: (LedgerLine | undefined)[] = [];
  for (let first = 0; first < count; first += READ_AT_ONCE) {
    const some = Array.from({ length: Math.min(READ_AT_ONCE, count - first) }, (_, i) =>
      ledger.findLine(jobId, first + i),
    );
    lines.push(...(await Promise.all(some)));
  }
  return lines;
}

function outputBytes({ parts }: LedgerLine): number {
  return parts.reduce((sum, { bytes }) => sum + bytes, 0);
}

async function isThere(store: BlobStore, job: ScoringJob, { file }: StagedFile): Promise<boolean> {
  return (await store.properties(outputRef(job, file))) !== undefined;
}

/** Mini-batches whose line says that they staged a block, which storage does not have (it drops blocks after a week). */
async function lostParts(store: BlobStore, job: ScoringJob, { file, sizes }: StagedFile): Promise<number[]> {
  const blocks = await store.stagedBlocks(outputRef(job, file));
  const staged = new Map(blocks.map(({ id, sizeBytes }) => [id, sizeBytes]));
  return sizes.flatMap((size, index) => {
    const isLost = size !== undefined && size > 0 && staged.get(partBlock(index)) !== size;
    return isLost ? [index] : [];
  });
}

/** Each row of the input is scored or rejected; anything else is a bug, and nothing is published. */
function assertAllRows(job: ScoringJob, plan: JobPlan, { rowsIn, rowsScored, rowsRejected }: Tally): void {
  if (rowsIn === plan.rows && rowsIn === rowsScored + rowsRejected) return;
  throw new Error(
    `job ${job.id}: planned ${plan.rows} rows, ${rowsIn} in, ${rowsScored} scored, ${rowsRejected} rejected`,
  );
}

function requireThreshold({ settings }: ScoringJob, tally: Tally): void {
  if (!exceedsErrorThreshold(tally, settings.errorThreshold)) return;
  throw tooManyRejects(tally, settings.errorThreshold);
}

/** The failure of a job over its error threshold. */
export function tooManyRejects({ rowsRejected, rowsIn }: Tally, errorThreshold: number): ServingError {
  return new ServingError(
    'too-many-rejects',
    `${rowsRejected} of ${rowsIn} rows were rejected, the error threshold is ${errorThreshold}`,
  );
}

function headOf(plan: JobPlan): Buffer {
  return plan.layout.format === 'parquet' ? MAGIC : csvHeader(outputColumns(plan));
}

function tailOf(plan: JobPlan, lines: readonly LedgerLine[]): Buffer | undefined {
  if (plan.layout.format !== 'parquet') return undefined;
  return joinParts(
    lines.flatMap(({ parts }) =>
      parts.map(({ bytes, footer }) => ({ bodyBytes: bytes, footer: Buffer.from(footer ?? '', 'base64') })),
    ),
  );
}

/** Nothing to commit where no mini-batch staged anything, which is so for most files of rejects. */
async function commit(
  store: BlobStore,
  job: ScoringJob,
  { file, sizes }: StagedFile,
  head: Buffer,
  tail?: Buffer,
): Promise<void> {
  const ref = outputRef(job, file);
  const parts = sizes.flatMap((size, index) => (size ? [partBlock(index)] : []));
  if (file === REJECTS_FILE && parts.length === 0) return;
  if (await store.properties(ref)) return;
  await store.stageBlock(ref, HEAD_BLOCK, head);
  if (tail) await store.stageBlock(ref, TAIL_BLOCK, tail);
  const contentType = file.endsWith('.csv') ? 'text/csv; charset=utf-8' : 'application/vnd.apache.parquet';
  try {
    await store.commitBlocks(ref, [HEAD_BLOCK, ...parts, ...(tail ? [TAIL_BLOCK] : [])], {
      contentType,
      ifNoneMatch: '*',
    });
  } catch (error) {
    const isDone = error instanceof ServingError && error.code === 'etag-conflict';
    if (!isDone) throw error; // else another delivery of this activity has committed the same bytes
  }
}

/** No times and no etags: the same input gives the same manifest. */
function manifestOf(job: ScoringJob, plan: JobPlan, { tally, rowsSkipped, models }: Totals): object {
  return {
    job: job.id,
    endpoint: job.endpoint,
    deployment: job.deployment,
    catalogRevision: job.catalogRevision,
    inputs: job.inputs.map(({ container, path, sizeBytes, fingerprint }, number) => ({
      container,
      path,
      sizeBytes,
      fingerprint,
      rows: plan.inputRows[number],
    })),
    output: { file: plan.outputFile, columns: outputColumns(plan) },
    ...(tally.rowsRejected > 0 && { rejects: { file: REJECTS_FILE, columns: rejectsColumns(plan) } }),
    ...tally,
    rowsSkipped,
    settings: job.settings,
    models: Object.keys(models)
      .sort()
      .map((name) => {
        const [model, version] = name.split('\n');
        return { model, version, rows: models[name] };
      }),
  };
}
