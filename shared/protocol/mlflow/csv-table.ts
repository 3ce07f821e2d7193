import { ServingError } from '../../errors';
import type { Table } from './table';

/** What pandas reads as a missing value. */
const MISSING: ReadonlySet<string> = new Set([
  '',
  ...['#N/A', '#N/A N/A', '#NA', '<NA>', 'N/A', 'NA', 'n/a', 'NULL', 'null', 'None'],
  ...['NaN', '-NaN', 'nan', '-nan', '1.#IND', '-1.#IND', '1.#QNAN', '-1.#QNAN'],
]);

/**
 * A table out of CSV (RFC 4180: quotes doubled within quotes, line ends CRLF, LF or CR) in UTF-8, whose first line holds
 * the names. Empty lines are skipped; cells that pandas takes for missing are null; all others stay texts.
 * Throws `invalid-payload` that names the line (from 1) of a broken quote or of a row with another number of cells.
 */
export function parseCsvTable(body: Uint8Array): Table {
  const text = new TextDecoder().decode(body);
  const [header, ...rows] = readRows(text);
  if (header === undefined)
    throw new ServingError('invalid-payload', 'The CSV has no line with column names');
  const names = header.cells;
  for (const { cells, line } of rows) {
    if (cells.length === names.length) continue;
    throw new ServingError(
      'invalid-payload',
      `Line ${line} of the CSV has ${cells.length} cells, the first line names ${names.length} columns`,
    );
  }
  return {
    place: 'the CSV',
    rows: rows.length,
    columns: names.map((name, column) => ({
      name,
      values: rows.map(({ cells }) => {
        const cell = cells[column] ?? '';
        return MISSING.has(cell) ? null : cell;
      }),
    })),
    pointer: (row, column) => `line ${rows[row]?.line ?? 0}, column ${JSON.stringify(names[column] ?? '')}`,
  };
}

interface CsvRow {
  readonly cells: readonly string[];
  /** Where it begins, from 1. */
  readonly line: number;
}

function readRows(text: string): CsvRow[] {
  const rows: CsvRow[] = [];
  let cells: string[] = [];
  let line = 1;
  let start = 1;
  let at = 0;
  while (at < text.length) {
    const cell = text[at] === '"' ? quotedCell(text, at, line) : plainCell(text, at);
    line += cell.lines;
    cells.push(cell.text);
    at = cell.end;
    if (text[at] === ',') {
      at += 1;
      if (at < text.length) continue;
      cells.push('');
    }
    if (cells.length > 1 || cells[0] !== '') rows.push({ cells, line: start });
    cells = [];
    at += text.startsWith('\r\n', at) ? 2 : 1;
    line += 1;
    start = line;
  }
  return rows;
}

interface Cell {
  readonly text: string;
  /** Position of the separator after it. */
  readonly end: number;
  /** Line ends within it. */
  readonly lines: number;
}

function plainCell(text: string, start: number): Cell {
  let end = start;
  while (end < text.length && !',\r\n'.includes(text[end] ?? '')) end += 1;
  return { text: text.slice(start, end), end, lines: 0 };
}

function quotedCell(text: string, start: number, line: number): Cell {
  let end = start + 1;
  for (;;) {
    end = text.indexOf('"', end);
    if (end === -1)
      throw new ServingError('invalid-payload', `A quote opened in line ${line} of the CSV is not closed`);
    if (text[end + 1] !== '"') break;
    end += 2;
  }
  const content = text.slice(start + 1, end).replaceAll('""', '"');
  const next = text[end + 1];
  if (next !== undefined && !',\r\n'.includes(next)) {
    throw new ServingError(
      'invalid-payload',
      `In line ${line} of the CSV, ${JSON.stringify(next)} follows a closing quote`,
    );
  }
  return { text: content, end: end + 1, lines: content.split('\n').length - 1 };
}
