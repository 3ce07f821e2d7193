import pl, { type DataType } from 'nodejs-polars';
import { timestampsOf, type TextColumn } from '../../features/column-values';
import type { ColumnValues } from '../../features/feature-set';
import type { ReadColumn } from '../input-rows';
import { notAValue, parseNumber } from '../unreadable-value';

/**
 * A Polars column as scoring reads it. Dates and times are epoch milliseconds in UTC, whole numbers stand for
 * epoch milliseconds where a timestamp is wanted, text is parsed where a number or timestamp is wanted.
 *
 * @param unreadable gets the rows whose text is not what is wanted
 */
export function readColumn(
  series: pl.Series,
  read: ReadColumn,
  unreadable: Map<number, string>,
): ColumnValues {
  const typeName = typeNameOf(series);
  const isText = ['String', 'Utf8', 'Categorical', 'Enum'].includes(typeName);
  if (read.type === 'text') return readText(series);
  if (isText) return readParsedText(readText(series), read, unreadable);
  const isTime = typeName === 'Datetime' || typeName === 'Date';
  const values = floats(isTime ? series.cast(pl.Datetime('ms')).cast(pl.Int64) : series);
  return read.type === 'number' ? { type: 'number', values } : { type: 'timestamp', epochMs: values };
}

/** Polars' name of a column's type: `Int64`, `String`, `Datetime`, … */
export function typeNameOf({ dtype }: { readonly dtype: DataType }): string {
  return dtype.variant;
}

/** Missing values become NaN. Missing marks cannot be asked of a typed array, so they are filled first. */
function floats(series: pl.Series): Float64Array {
  const column = series.rename('value').cast(pl.Float64);
  const filled = column.nullCount() === 0 ? column : fill(column, NaN);
  return Float64Array.from(filled.toTypedArray() as Float64Array);
}

function fill(column: pl.Series, value: number): pl.Series {
  return pl
    .DataFrame([column])
    .select(pl.col(column.name).fillNull(pl.lit(value)))
    .getColumn(column.name);
}

/** Polars numbers the distinct texts; asking for the numbers of the distinct ones gives the dictionary. */
function readText(series: pl.Series): TextColumn {
  const categorical = series.rename('value').cast(pl.String).cast(pl.Categorical);
  const distinct = categorical.unique({ maintainOrder: true });
  const values: string[] = [];
  const texts: (string | null)[] = distinct.cast(pl.String).toArray();
  const numbers: (number | null)[] = distinct.cast(pl.UInt32).toArray();
  texts.forEach((text, i) => {
    const number = numbers[i];
    if (text !== null && typeof number === 'number') values[number] = text;
  });
  const codes = categorical.cast(pl.UInt32).cast(pl.Int32);
  const filled = codes.nullCount() === 0 ? codes : fill(codes, -1).cast(pl.Int32);
  return {
    type: 'text',
    codes: Int32Array.from(filled.toTypedArray() as Int32Array),
    values: Array.from(values, String),
  };
}

/** Each distinct text is parsed once. */
function readParsedText(
  text: TextColumn,
  { name, type }: ReadColumn,
  unreadable: Map<number, string>,
): ColumnValues {
  const distinct: TextColumn = {
    type: 'text',
    codes: Int32Array.from(text.values.keys()),
    values: text.values,
  };
  const dictionary =
    type === 'timestamp' ? timestampsOf(distinct) : Float64Array.from(text.values, parseNumber);
  const isWrong = text.values.map((value, code) => value !== '' && Number.isNaN(dictionary[code]));
  text.codes.forEach((code, row) => {
    if (isWrong[code] && !unreadable.has(row))
      unreadable.set(row, notAValue(name, text.values[code] ?? '', type));
  });
  const values = Float64Array.from(text.codes, (code) => dictionary[code] ?? NaN);
  return type === 'timestamp' ? { type, epochMs: values } : { type: 'number', values };
}
