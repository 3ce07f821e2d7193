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
import { readColumn, typeNameOf } from './polars-column';
import { modelColumns, predictionSeries } from './polars-predictions';
import { splitFile } from './parquet-file';

/**
 * Decodes a Parquet file, or a slice of its rows.
 * Throws ServingError `invalid-input` where the file cannot be read.
 */
export function decodeParquet(
  file: Buffer,
  reads: readonly ReadColumn[],
  slice: { readonly skip: number; readonly rows: number },
): InputRows {
  const frame = readFrame(file, slice);
  const unreadable = new Map<number, string>();
  const columns = new Map<string, ColumnValues>(
    reads.map((read) => [read.name, readColumn(frame.getColumn(read.name), read, unreadable)]),
  );
  return {
    batch: { rows: frame.height, columns },
    unreadable,
    encodeOutput: (scored, layout) => encodeFrame(keptRows(frame, scored, layout), layout),
    encodeRejects: (scored, { blobPath, firstRow }) => {
      const rows = rejectedRows(scored);
      const origin = {
        input: pl.Series('0', Array<string>(rows.length).fill(blobPath), pl.String),
        row: pl
          .Series(
            '1',
            Float64Array.from(rows, (row) => firstRow + row),
          )
          .cast(pl.Int64),
        reason: pl.Series(
          '2',
          rows.map((row) => scored.rejected.get(row) ?? ''),
          pl.String,
        ),
      };
      const values = writableColumns(frame.filter(rowMask(frame.height, rows)));
      return csvOf(pl.DataFrame([...Object.values(origin), ...values]));
    },
  };
}

/** A frame of plain columns to Parquet or CSV: what CSV input becomes when Parquet is wanted. */
export function encodeFrame(frame: pl.DataFrame, { format }: Pick<OutputLayout, 'format'>): PartBytes {
  return format === 'csv'
    ? { body: csvOf(frame.select(...writableColumns(frame).map(({ name }) => name))) }
    : splitFile(frame.writeParquet({ compression: 'zstd' }));
}

/** The rows that were not rejected, with predictions, model and version beside them. */
export function keptRows(frame: pl.DataFrame, scored: ScoredBatch, layout: OutputLayout): pl.DataFrame {
  const columns = [...frame.getColumns(), ...predictionSeries(scored), ...modelColumns(scored, layout)];
  const scoredFrame = pl.DataFrame(columns);
  if (scored.rejected.size === 0) return scoredFrame;
  return scoredFrame.filter(rowMask(frame.height, scored.rejected.keys(), true));
}

function readFrame(file: Buffer, { skip, rows }: { skip: number; rows: number }): pl.DataFrame {
  try {
    const frame = pl.readParquet(file, { parallel: 'none' });
    return skip === 0 && rows === frame.height ? frame : frame.slice(skip, rows);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ServingError('invalid-input', `the Parquet file cannot be read: ${reason}`, { cause: error });
  }
}

/** True for the given rows, or for all others. */
function rowMask(height: number, rows: Iterable<number>, isInverted = false): pl.Series {
  const mask = new Uint8Array(height).fill(isInverted ? 1 : 0);
  for (const row of rows) mask[row] = isInverted ? 0 : 1;
  return pl.Series('mask', mask).cast(pl.Bool);
}

const UNWRITABLE = ['List', 'Struct', 'Array', 'FixedSizeList', 'Binary', 'Object'];

/** CSV has no text for lists, structs and bytes. */
function writableColumns(frame: pl.DataFrame): pl.Series[] {
  return frame.getColumns().filter((series) => !UNWRITABLE.includes(typeNameOf(series)));
}

function csvOf(frame: pl.DataFrame): Buffer {
  return Buffer.from(frame.writeCSV({ includeHeader: false }));
}
