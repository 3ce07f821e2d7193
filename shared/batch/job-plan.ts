import { z } from 'zod';
import type { FileFormat } from './input-rows';

/** Part of one input blob: what a mini-batch reads. Row and byte bounds: start inclusive, end exclusive. */
const sliceSchema = z.discriminatedUnion('kind', [
  /** Whole CSV records. */
  z.strictObject({
    kind: z.literal('bytes'),
    input: z.int(),
    firstRow: z.int(),
    rows: z.int(),
    start: z.int(),
    end: z.int(),
  }),
  /** Row groups of a Parquet blob; of these, `skip` rows are passed over and `rows` taken. */
  z.strictObject({
    kind: z.literal('row-groups'),
    input: z.int(),
    firstRow: z.int(),
    rows: z.int(),
    from: z.int(),
    to: z.int(),
    skip: z.int(),
  }),
]);

const miniBatchSchema = z.strictObject({
  rows: z.int(),
  slices: z.tuple([sliceSchema], sliceSchema),
});

/** `ledger/work/{id}/plan.json`: what the job's activities do, decided once; the same inputs always give the same plan. */
export const planSchema = z.strictObject({
  format: z.enum(['parquet', 'csv']),
  rows: z.int(),
  /** Rows of each input blob. */
  inputRows: z.array(z.int()),
  /** All columns of the input, in order. */
  columns: z.array(z.string()),
  /** Those that have a text: CSV output and rejected rows hold these. */
  textColumns: z.array(z.string()),
  /** Those that scoring reads. */
  reads: z.array(z.strictObject({ name: z.string(), type: z.enum(['number', 'timestamp', 'text']) })),
  predictions: z.array(
    z.strictObject({
      column: z.string(),
      output: z.string(),
      element: z.int(),
      elements: z.int(),
      datatype: z.enum(['FP32', 'FP64', 'INT64', 'BYTES']),
    }),
  ),
  layout: z.strictObject({
    format: z.enum(['parquet', 'csv']),
    modelColumn: z.string(),
    versionColumn: z.string(),
  }),
  outputFile: z.string(),
  miniBatches: z.array(miniBatchSchema),
});

export type JobPlan = z.infer<typeof planSchema>;
export type PlannedMiniBatch = z.infer<typeof miniBatchSchema>;
export type Slice = z.infer<typeof sliceSchema>;

export interface MiniBatchLimits {
  readonly maxRows: number;
  readonly maxBytes: number;
}

/** A slice with the bytes it reads, before packing. */
export interface SizedSlice {
  readonly slice: Slice;
  readonly sizeBytes: number;
}

/**
 * Packs slices into mini-batches, in order: one is closed before it would exceed a limit, and a slice over a limit gets
 * a mini-batch of its own. Neighbouring row groups of one blob become one slice.
 */
export function packMiniBatches(slices: readonly SizedSlice[], limits: MiniBatchLimits): PlannedMiniBatch[] {
  const plan: PlannedMiniBatch[] = [];
  let open: Slice[] = [];
  let rows = 0;
  let bytes = 0;
  for (const { slice, sizeBytes } of slices) {
    if (rows + slice.rows > limits.maxRows || bytes + sizeBytes > limits.maxBytes) close();
    const last = open.at(-1);
    const joined = last && joinSlices(last, slice);
    if (joined) open[open.length - 1] = joined;
    else open.push(slice);
    rows += slice.rows;
    bytes += sizeBytes;
  }
  close();
  return plan;

  function close(): void {
    const [first, ...rest] = open;
    if (first) plan.push({ rows, slices: [first, ...rest] });
    open = [];
    rows = 0;
    bytes = 0;
  }
}

function joinSlices(a: Slice, b: Slice): Slice | undefined {
  if (a.kind !== 'row-groups' || b.kind !== 'row-groups') return undefined;
  const isNext = a.input === b.input && a.to === b.from && a.firstRow + a.rows === b.firstRow && b.skip === 0;
  return isNext ? { ...a, to: b.to, rows: a.rows + b.rows } : undefined;
}

/** A column name that is not taken: the wanted one, else with `_2`, `_3`, … */
export function freeName(wanted: string, taken: ReadonlySet<string>): string {
  let name = wanted;
  for (let number = 2; taken.has(name); number++) name = `${wanted}_${number}`;
  return name;
}

/** Name of the published file. */
export function outputFileName(name: string, format: FileFormat): string {
  return `${name}.${format}`;
}
