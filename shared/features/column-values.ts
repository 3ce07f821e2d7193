import type { ColumnType, ColumnValues } from './feature-set';
import { parseTimestamp } from './timestamp';

/**
 * A column's numbers, NaN where missing or not a number. A text column is read through its dictionary:
 * one column may be a model key (text) and a number at once.
 */
export function numbersOf(column: ColumnValues): Float64Array {
  switch (column.type) {
    case 'number':
      return column.values;
    case 'timestamp':
      return column.epochMs;
    case 'text':
      return spread(column, (text) => (text.trim() === '' ? NaN : Number(text)));
  }
}

/** A column's timestamps in epoch milliseconds, NaN where missing; numbers are taken as epoch milliseconds. */
export function timestampsOf(column: ColumnValues): Float64Array {
  switch (column.type) {
    case 'number':
      return column.values;
    case 'timestamp':
      return column.epochMs;
    case 'text':
      return spread(column, parseTimestamp);
  }
}

export type TextColumn = Extract<ColumnValues, { type: 'text' }>;

/** A column as dictionary codes; a number's text is JavaScript's shortest, a timestamp's is ISO 8601. */
export function textOf(column: ColumnValues): TextColumn {
  if (column.type === 'text') return column;
  const numbers = column.type === 'number' ? column.values : column.epochMs;
  const codeOf = new Map<number, number>();
  const values: string[] = [];
  const codes = Int32Array.from(numbers, (value) => {
    if (value !== value) return -1;
    const known = codeOf.get(value);
    if (known !== undefined) return known;
    codeOf.set(value, values.length);
    return values.push(column.type === 'number' ? String(value) : new Date(value).toISOString()) - 1;
  });
  return { type: 'text', codes, values };
}

/** The values that decide whether a row lacks this column: NaN marks a missing one. Text is never lacking. */
export function missingMarks(column: ColumnValues, type: ColumnType): Float64Array | undefined {
  if (type === 'text') return undefined;
  return type === 'number' ? numbersOf(column) : timestampsOf(column);
}

function spread({ codes, values }: TextColumn, read: (text: string) => number): Float64Array {
  const dictionary = Float64Array.from(values, read);
  return Float64Array.from(codes, (code) => dictionary[code] ?? NaN);
}
