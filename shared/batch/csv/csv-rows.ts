import pl from 'nodejs-polars';
import type { ColumnValues } from '../../features/feature-set';
import type { PredictionColumn, ScoredBatch } from '../../scoring/scoring';
import {
  rejectedRows,
  type InputRows,
  type OutputLayout,
  type PartBytes,
  type ReadColumn,
  type RowOrigin,
} from '../input-rows';
import { encodeParquet, keptRows } from '../parquet/parquet-rows';
import { readCsvColumn } from './csv-columns';
import { parseRecord, quoteField } from './csv-field';
import { shortest32 } from './shortest-float';
import { CsvTable } from './csv-table';

/** What the plan knows about a CSV slice. */
export interface CsvSlice {
  /** All column names, in order. */
  readonly columns: readonly string[];
  readonly rows: number;
}

/** Decodes whole CSV records, as the planner cut them out of the blob: no header, no broken quotes. */
export function decodeCsv(
  bytes: Buffer,
  reads: readonly ReadColumn[],
  { columns, rows }: CsvSlice,
): InputRows {
  const wanted = reads.map(({ name }) => columns.indexOf(name)).sort((a, b) => a - b);
  const table = new CsvTable(bytes, rows, wanted);
  const unreadable = new Map<number, string>();
  for (let row = 0; row < rows; row++) {
    const fields = table.fieldCount[row] ?? 0;
    if (fields !== columns.length)
      unreadable.set(row, `the row has ${fields} fields, the header ${columns.length}`);
  }
  const values = new Map(
    reads.map((read) => [
      read.name,
      readCsvColumn(table, wanted.indexOf(columns.indexOf(read.name)), read, unreadable),
    ]),
  );
  return {
    batch: { rows, columns: values },
    unreadable,
    encodeOutput: (scored, layout) =>
      layout.format === 'csv'
        ? encodeCsv(table, scored)
        : encodeTyped(bytes, { columns, rows }, { columns: values, scored, layout }),
    encodeRejects: (scored, origin) => encodeRejects(table, columns.length, scored, origin),
  };
}

const CHUNK_BYTES = 1024 * 1024;
/** Model and version of a row without a model. */
const NO_MODEL = Buffer.from(',,\n');

/** Each kept record as it came, then predictions, model and version. */
function encodeCsv(table: CsvTable, scored: ScoredBatch): PartBytes {
  const endings = scored.models.map(({ model, version }) =>
    Buffer.from(`,${quoteField(model)},${quoteField(version)}\n`),
  );
  const pieces: Buffer[] = [];
  let chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let used = 0;
  for (let row = 0; row < table.rows; row++) {
    if (scored.rejected.has(row)) continue;
    const start = table.recordStart[row] ?? 0;
    const end = table.recordEnd[row] ?? 0;
    const model = scored.modelOfRow[row] ?? -1;
    const text = predictionText(scored.predictions, row, model);
    const ending = endings[model] ?? NO_MODEL;
    const most = end - start + 3 * text.length + ending.length; // UTF-8 takes at most 3 bytes for a UTF-16 unit
    if (used + most > chunk.length) {
      pieces.push(chunk.subarray(0, used));
      chunk = Buffer.allocUnsafe(Math.max(CHUNK_BYTES, most));
      used = 0;
    }
    used += table.bytes.copy(chunk, used, start, end);
    used += chunk.write(text, used);
    used += ending.copy(chunk, used);
  }
  pieces.push(chunk.subarray(0, used));
  return { body: Buffer.concat(pieces) };
}

function predictionText(predictions: readonly PredictionColumn[], row: number, model: number): string {
  let text = '';
  for (const { datatype, values } of predictions) {
    const value = values[row] ?? '';
    if (model < 0 || value !== value) text += ',';
    else if (datatype === 'FP32') text += `,${shortest32(Number(value))}`;
    else text += `,${quoteField(String(value))}`;
  }
  return text;
}

/** Columns that scoring read keep their type, all others are text. */
function encodeTyped(
  bytes: Buffer,
  { columns, rows }: CsvSlice,
  {
    columns: values,
    scored,
    layout,
  }: {
    readonly columns: ReadonlyMap<string, ColumnValues>;
    readonly scored: ScoredBatch;
    readonly layout: OutputLayout;
  },
): PartBytes {
  const table = new CsvTable(bytes, rows, [...columns.keys()]);
  const series = columns.map((name, slot) => {
    const column = values.get(name);
    if (column?.type === 'number') return pl.Series(name, orNull(column.values), pl.Float64);
    if (column?.type === 'timestamp') {
      return pl.Series(name, orNull(column.epochMs), pl.Int64).cast(pl.Datetime('ms'));
    }
    const texts = Array.from({ length: rows }, (_, row) => table.text(row, slot) || null);
    return pl.Series(name, texts, pl.String);
  });
  return encodeParquet(keptRows(series, scored, layout));
}

/** Missing values are nulls, as in any Parquet. */
function orNull(values: Float64Array): (number | null)[] {
  return Array.from(values, (value) => (value === value ? value : null));
}

/** The record as it came, cut or filled to the header's number of fields. */
function encodeRejects(
  { bytes, recordStart, recordEnd, fieldCount }: CsvTable,
  columns: number,
  scored: ScoredBatch,
  { blobPath, firstRow }: RowOrigin,
): Buffer {
  const lines = rejectedRows(scored).map((row) => {
    const record = bytes.subarray(recordStart[row], recordEnd[row]);
    const head = [blobPath, String(firstRow + row), scored.rejected.get(row) ?? ''].map(quoteField).join(',');
    if (fieldCount[row] === columns) return `${head},${record.toString()}\n`;
    const fields = parseRecord(record).slice(0, columns);
    const filled = Array.from({ length: columns }, (_, i) => quoteField(fields[i] ?? ''));
    return `${head},${filled.join(',')}\n`;
  });
  return Buffer.from(lines.join(''));
}
