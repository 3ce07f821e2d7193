import { ModelIndex } from '../endpoints/model-index';
import { scoreColumns, type SessionSource } from '../scoring/score-columns';
import type { ScoredBatch } from '../scoring/scoring';
import type { BlobStore } from '../storage/blob-store';
import { aboutBlob } from './about-blob';
import { activityResult } from './activity-result';
import { decodeCsv } from './csv/csv-rows';
import { InputReader } from './input-reader';
import type { InputRows, PartBytes } from './input-rows';
import { emptyTally, type ActivityResult, type ScoringJob, type Tally } from './job';
import type { JobPlan, Slice } from './job-plan';
import { Ledger, type LedgerLine } from './ledger';
import type { ParquetFooter } from './parquet/footer';
import { readFooter, readRowGroups } from './parquet/parquet-file';
import { decodeParquet } from './parquet/parquet-rows';
import { outputRef, partBlock, REJECTS_FILE } from './staged-output';

/** Jobs whose documents are kept in memory. */
const MOST_JOBS = 4;

export interface MiniBatchTask {
  readonly jobId: string;
  readonly index: number;
}

interface OpenJob {
  readonly job: ScoringJob;
  readonly plan: JobPlan;
  readonly index: ModelIndex;
  readonly reader: InputReader;
  /** By input number; read once. */
  readonly footers: Map<number, ParquetFooter>;
}

/**
 * Scores one mini-batch of a job: reads its bytes, scores its rows, stages its part of the output and of the rejects,
 * then writes its ledger line. A mini-batch that has a line is done: its tally is answered without work. Everything it
 * writes has a name and content that depend on the job alone, so doing it again changes nothing.
 */
export class MiniBatchScorer {
  readonly #store: BlobStore;
  readonly #sessions: SessionSource;
  readonly #ledger: Ledger;
  readonly #jobs = new Map<string, Promise<OpenJob>>();

  constructor(store: BlobStore, sessions: SessionSource) {
    this.#store = store;
    this.#sessions = sessions;
    this.#ledger = new Ledger(store);
  }

  /** Throws only for faults that a retry may mend, and bugs. */
  score({ jobId, index }: MiniBatchTask): Promise<ActivityResult<Tally>> {
    return activityResult(async () => {
      const done = await this.#ledger.findLine(jobId, index);
      if (done) return done.tally;
      const line = await this.#scoreSlices(await this.#open(jobId), index);
      await this.#ledger.putLine(jobId, index, line);
      return line.tally;
    });
  }

  async #scoreSlices(open: OpenJob, index: number): Promise<LedgerLine> {
    const { job, plan } = open;
    const miniBatch = plan.miniBatches[index];
    if (!miniBatch) throw new Error(`job ${job.id} has no mini-batch ${index}`);
    const parts: PartBytes[] = [];
    const rejects: Buffer[] = [];
    let total: Counts = { tally: emptyTally, rowsSkipped: 0, models: {} };
    for (const slice of miniBatch.slices) {
      const rows = await this.#decode(open, slice);
      const scored = await scoreColumns(rows.batch, open.index, this.#sessions, {
        specs: plan.predictions,
        unreadable: rows.unreadable,
      });
      parts.push(rows.encodeOutput(scored, plan.layout));
      if (scored.rejected.size > 0) {
        const blobPath = job.inputs[slice.input]?.path ?? '';
        rejects.push(rows.encodeRejects(scored, { blobPath, firstRow: slice.firstRow }));
      }
      total = addCounts(total, countRows(scored));
    }
    await this.#stage(
      job,
      plan.outputFile,
      index,
      parts.map(({ body }) => body),
    );
    const rejectsBytes = await this.#stage(job, REJECTS_FILE, index, rejects);
    return {
      ...total,
      parts: parts.map(({ body, footer }) => ({
        bytes: body.length,
        ...(footer && { footer: footer.toString('base64') }),
      })),
      rejectsBytes,
    };
  }

  async #stage(job: ScoringJob, file: string, index: number, pieces: readonly Buffer[]): Promise<number> {
    const bytes = pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
    if (bytes.length > 0) await this.#store.stageBlock(outputRef(job, file), partBlock(index), bytes);
    return bytes.length;
  }

  async #decode({ job, plan, reader, footers }: OpenJob, slice: Slice): Promise<InputRows> {
    const input = job.inputs[slice.input];
    if (!input) throw new Error(`job ${job.id} has no input ${slice.input}`);
    return aboutBlob(input.path, async () => {
      if (slice.kind === 'bytes') {
        const bytes = await reader.range(input, slice.start, slice.end);
        return decodeCsv(bytes, plan.reads, { columns: plan.columns, rows: slice.rows });
      }
      const read = (start: number, end: number): Promise<Buffer> => reader.range(input, start, end);
      const footer = footers.get(slice.input) ?? (await readFooter(read, input.sizeBytes));
      footers.set(slice.input, footer);
      const file = await readRowGroups(read, footer, slice.from, slice.to);
      return decodeParquet(file, plan.reads, { ...slice, textColumns: plan.textColumns });
    });
  }

  async #open(jobId: string): Promise<OpenJob> {
    const known = this.#jobs.get(jobId);
    if (known) return known;
    const opening = this.#read(jobId);
    this.#jobs.set(jobId, opening);
    opening.catch(() => this.#jobs.delete(jobId));
    const [oldest] = this.#jobs.keys();
    if (this.#jobs.size > MOST_JOBS && oldest !== undefined) this.#jobs.delete(oldest);
    return opening;
  }

  async #read(jobId: string): Promise<OpenJob> {
    const [job, plan] = await Promise.all([this.#ledger.job(jobId), this.#ledger.plan(jobId)]);
    const index = new ModelIndex(await this.#ledger.catalog(job.catalogRevision), job.selector);
    return { job, plan, index, reader: new InputReader(this.#store), footers: new Map() };
  }
}

type Counts = Pick<LedgerLine, 'tally' | 'rowsSkipped' | 'models'>;

/** Skipped rows stand in the output without a prediction and count as scored: nothing was wrong with them. */
function countRows({ models, modelOfRow, rejected }: ScoredBatch): Counts {
  const rowsOf = new Int32Array(models.length);
  let rowsSkipped = 0;
  modelOfRow.forEach((model, row) => {
    if (rejected.has(row)) return;
    if (model < 0) rowsSkipped += 1;
    else rowsOf[model] = (rowsOf[model] ?? 0) + 1;
  });
  const rowsIn = modelOfRow.length;
  const names = models.map(({ model, version }) => `${model}\n${version}`);
  return {
    tally: { rowsIn, rowsScored: rowsIn - rejected.size, rowsRejected: rejected.size },
    rowsSkipped,
    models: Object.fromEntries(
      names.flatMap((name, model) => (rowsOf[model] ? [[name, rowsOf[model]]] : [])),
    ),
  };
}

/** Sums, models included. */
export function addCounts(a: Counts, b: Counts): Counts {
  const models = { ...a.models };
  for (const [name, rows] of Object.entries(b.models)) models[name] = (models[name] ?? 0) + rows;
  return {
    tally: {
      rowsIn: a.tally.rowsIn + b.tally.rowsIn,
      rowsScored: a.tally.rowsScored + b.tally.rowsScored,
      rowsRejected: a.tally.rowsRejected + b.tally.rowsRejected,
    },
    rowsSkipped: a.rowsSkipped + b.rowsSkipped,
    models,
  };
}
