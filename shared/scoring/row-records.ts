import { ServingError, type Violation } from '../errors';
import type { ColumnValues } from '../features/feature-set';
import { parseTimestamp } from '../features/timestamp';
import type { RowColumn } from './row-columns';
import type { ColumnBatch } from './scoring';

/** Problems that one answer lists. */
const MOST_LISTED = 100;
/** Problems that are counted: a large request that is all wrong must not cost memory. */
const MOST_COUNTED = 10_000;
/** The member that holds the rows; Azure ML's clients send `input_data`. */
const ROW_MEMBERS = ['rows', 'input_data'] as const;
const MOST_SHOWN = 40;

interface Rows {
  /** JSON pointer of the array. */
  readonly pointer: string;
  readonly rows: readonly unknown[];
}

/**
 * Rows of a request body (`{"rows": [{…}, …]}`, the same under `input_data`, or the bare array) by column. Members that
 * no column names are ignored. Throws `payload-too-large` for more than `maxRows`, `signature-mismatch` that lists every
 * problem: rows that are no objects, members missing or of the wrong type.
 */
export function parseRowRecords(body: unknown, columns: readonly RowColumn[], maxRows: number): ColumnBatch {
  const { pointer, rows } = findRows(body);
  if (rows.length > maxRows)
    throw new ServingError(
      'payload-too-large',
      `The request has ${rows.length} rows, one request may have ${maxRows}; send more requests, or a scoring job`,
    );
  const problems: Violation[] = [];
  const records = rows.map((row, index) => parseRecord(row, `${pointer}/${index}`, problems));
  const values = columns.map((column) => {
    const cells = records.map((record) => (record ? cellOf(record, column.name) : null));
    return [column.name, readColumn(cells, column, pointer, problems)] as const;
  });
  if (problems.length > 0) throw mismatch(problems);
  return { rows: rows.length, columns: new Map(values) };
}

function findRows(body: unknown): Rows {
  if (Array.isArray(body)) return { pointer: '', rows: body };
  if (isRecord(body)) {
    const member = ROW_MEMBERS.find((name) => Object.hasOwn(body, name));
    const rows = member && body[member];
    if (Array.isArray(rows)) return { pointer: `/${member ?? ''}`, rows };
  }
  const violation = {
    pointer: '/rows',
    expected: 'an array of rows',
    received: isRecord(body) && 'rows' in body ? shown(body['rows']) : 'no member "rows"',
  };
  throw new ServingError('signature-mismatch', 'The body holds no rows: expected {"rows": [{…}, …]}', {
    violations: [violation],
  });
}

function parseRecord(
  row: unknown,
  pointer: string,
  problems: Violation[],
): Readonly<Record<string, unknown>> | undefined {
  if (isRecord(row)) return row;
  problems.push({ pointer, expected: 'an object', received: shown(row) });
  return undefined;
}

/** Own members only: a column may be named like something that every object inherits. */
function cellOf(record: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function readColumn(
  cells: readonly unknown[],
  column: RowColumn,
  pointer: string,
  problems: Violation[],
): ColumnValues {
  const refuse = (index: number): void => {
    if (problems.length >= MOST_COUNTED) return;
    const received = cells[index] === undefined ? 'nothing' : shown(cells[index]);
    const at = `${pointer}/${index}/${escape(column.name)}`;
    problems.push({ pointer: at, expected: wanted(column), received });
  };
  if (column.isRequired) {
    cells.forEach((cell, index) => {
      if (cell === undefined) refuse(index);
    });
  }
  switch (column.type) {
    case 'number':
      return { type: 'number', values: readNumbers(cells, refuse) };
    case 'timestamp':
      return { type: 'timestamp', epochMs: readTimestamps(cells, refuse) };
    case 'text':
      return readTexts(cells, column, refuse);
  }
}

function readNumbers(cells: readonly unknown[], refuse: (index: number) => void): Float64Array {
  return Float64Array.from(cells, (cell, index) => {
    if (typeof cell === 'number') return cell;
    if (cell !== null && cell !== undefined) refuse(index);
    return NaN;
  });
}

function readTimestamps(cells: readonly unknown[], refuse: (index: number) => void): Float64Array {
  return Float64Array.from(cells, (cell, index) => {
    if (cell === null || cell === undefined) return NaN;
    const epochMs = typeof cell === 'string' ? parseTimestamp(cell) : cell;
    if (typeof epochMs === 'number' && Number.isFinite(epochMs)) return epochMs;
    refuse(index);
    return NaN;
  });
}

function readTexts(
  cells: readonly unknown[],
  { isKey }: RowColumn,
  refuse: (index: number) => void,
): ColumnValues {
  const codeOf = new Map<string, number>();
  const values: string[] = [];
  const codes = Int32Array.from(cells, (cell, index) => {
    if (cell === null || cell === undefined) return -1;
    if (typeof cell !== 'string' && !(isKey && isPlain(cell))) {
      refuse(index);
      return -1;
    }
    const text = String(cell);
    const known = codeOf.get(text);
    if (known !== undefined) return known;
    codeOf.set(text, values.length);
    return values.push(text) - 1;
  });
  return { type: 'text', codes, values };
}

function wanted({ type, isKey }: RowColumn): string {
  if (isKey) return 'a text, number or boolean';
  return { number: 'a number', timestamp: 'an ISO 8601 time or milliseconds since 1970', text: 'a text' }[
    type
  ];
}

function mismatch(problems: readonly Violation[]): ServingError {
  const [first] = problems;
  const where = first ? `${first.pointer}: expected ${first.expected}, received ${first.received}` : '';
  const more = problems.length > 1 ? `, and ${problems.length - 1} more problems` : '';
  return new ServingError(
    'signature-mismatch',
    `The rows do not fit the endpoint's columns: ${where}${more}`,
    {
      violations: problems.slice(0, MOST_LISTED),
    },
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPlain(cell: unknown): cell is number | boolean {
  return typeof cell === 'number' || typeof cell === 'boolean';
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}

function escape(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
