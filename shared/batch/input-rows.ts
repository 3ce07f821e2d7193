import type { ColumnType } from '../features/feature-set';
import type { ColumnBatch, ScoredBatch } from '../scoring/scoring';

export type FileFormat = 'parquet' | 'csv';

/** A column that scoring reads, and as what. */
export interface ReadColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/** What the output looks like; decided once, by the plan. */
export interface OutputLayout {
  readonly format: FileFormat;
  /** Columns that say which model version scored a row; their names are free in the input. */
  readonly modelColumn: string;
  readonly versionColumn: string;
}

/** Bytes that become a part of a file; `footer` is a Parquet part's own metadata. */
export interface PartBytes {
  readonly body: Buffer;
  readonly footer?: Buffer;
}

/** Where rows of a slice stand, for the file of rejected rows. */
export interface RowOrigin {
  readonly blobPath: string;
  /** Number of the slice's first row in its blob; the first row of a blob is row 1, headers not counted. */
  readonly firstRow: number;
}

/** Decoded rows of one slice of an input blob. */
export interface InputRows {
  /** The columns that scoring reads. */
  readonly batch: ColumnBatch;
  /** Rows that scoring cannot use, with the reason. */
  readonly unreadable: ReadonlyMap<number, string>;
  /** The rows not rejected, in order: their input columns, predictions, model and version. No CSV header. */
  encodeOutput(scored: ScoredBatch, layout: OutputLayout): PartBytes;
  /** The rejected rows as CSV without a header: blob, row number, reason, input columns. */
  encodeRejects(scored: ScoredBatch, origin: RowOrigin): Buffer;
}

/** Indices of the rejected rows, ascending. */
export function rejectedRows({ rejected }: ScoredBatch): number[] {
  return [...rejected.keys()].sort((a, b) => a - b);
}
