import pl from 'nodejs-polars';
import { ServingError } from '../../errors';
import type { ColumnValues } from '../../features/feature-set';
import type { ScoredBatch } from '../../scoring/scoring';
import {
  rejectedRows,
  type InputRows,
  type OutputLayout,
  type PartBytes,
  type ReadColumn,
} from '../input-rows';
import { readColumn } from './polars-column';
import { modelColumns, predictionSeries } from './polars-predictions';
import { splitFile } from './parquet-file';

/** What the plan knows about the rows to decode. */
export interface ParquetSlice {
  readonly skip: number;
  readonly rows: number;
  /** Columns that rejected rows and CSV output hold. */
  readonly textColumns: readonly string[];
}

/**
 * Decodes a Parquet file, or a slice of its rows.
 * Throws ServingError `invalid-input` where the file cannot be read.
 */
export function decodeParquet(file: Buffer, reads: readonly ReadColumn[], slice: ParquetSlice): InputRows {
  const frame = readFrame(file, slice);
  const unreadable = new Map<number, string>();
  const columns = new Map<string, ColumnValues>(
    reads.map((read) => [
      read.name,
      readable(`column "${read.name}"`, () => readColumn(frame.getColumn(read.name), read, unreadable)),
    ]),
  );
  return {
    batch: { rows: frame.height, columns },
    unreadable,
    encodeOutput: (scored, layout) => {
      const isCsv = layout.format === 'csv';
      const columns = isCsv ? slice.textColumns.map((name) => frame.getColumn(name)) : frame.getColumns();
      const kept = keptRows(columns, scored, layout);
      return isCsv ? { body: csvOf(kept) } : encodeParquet(kept);
    },
    encodeRejects: (scored, { blobPath, firstRow }) => {
      const rows = rejectedRows(scored);
      const origin = originSeries(
        rows.map((row) => [blobPath, firstRow + row, scored.rejected.get(row) ?? '']),
      );
      const kept = frame.filter(rowMask(frame.height, rows));
      const values = slice.textColumns.map((name) => kept.getColumn(name));
      return csvOf(pl.DataFrame([...origin, ...values]));
    },
  };
}

/** Names do not reach the file; these are none that a column of the input has. */
function originSeries(
  rows: readonly (readonly [blobPath: string, row: number, reason: string])[],
): pl.Series[] {
  return [
    pl.Series(
      '\0input',
      rows.map(([blobPath]) => blobPath),
      pl.String,
    ),
    pl
      .Series(
        '\0row',
        Float64Array.from(rows, ([, row]) => row),
      )
      .cast(pl.Int64),
    pl.Series(
      '\0reason',
      rows.map(([, , reason]) => reason),
      pl.String,
    ),
  ];
}

/** A frame as a part of the output. */
export function encodeParquet(frame: pl.DataFrame): PartBytes {
  return splitFile(frame.writeParquet({ compression: 'zstd' }));
}

/** The rows that were not rejected, with predictions, model and version beside them. */
export function keptRows(
  columns: readonly pl.Series[],
  scored: ScoredBatch,
  layout: OutputLayout,
): pl.DataFrame {
  const frame = pl.DataFrame([...columns, ...predictionSeries(scored), ...modelColumns(scored, layout)]);
  if (scored.rejected.size === 0) return frame;
  return frame.filter(rowMask(frame.height, scored.rejected.keys(), true));
}

function readFrame(file: Buffer, { skip, rows }: ParquetSlice): pl.DataFrame {
  const frame = readable('the Parquet file', () => pl.readParquet(file, { parallel: 'none' }));
  return skip === 0 && rows === frame.height ? frame : frame.slice(skip, rows);
}

/** Whatever Polars throws while reading is about the file. */
function readable<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ServingError('invalid-input', `${what} cannot be read: ${reason}`, { cause: error });
  }
}

/** True for the given rows, or for all others. */
function rowMask(height: number, rows: Iterable<number>, isInverted = false): pl.Series {
  const mask = new Uint8Array(height).fill(isInverted ? 1 : 0);
  for (const row of rows) mask[row] = isInverted ? 0 : 1;
  return pl.Series('mask', mask).cast(pl.Bool);
}

function csvOf(frame: pl.DataFrame): Buffer {
  return Buffer.from(frame.writeCSV({ includeHeader: false }));
}
