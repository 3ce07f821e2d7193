import type { ColumnValues } from '../../features/feature-set';
import type { ReadColumn } from '../input-rows';
import { notAValue, parseNumber } from '../unreadable-value';
import { fastNumber, TimestampReader } from './csv-field';
import type { CsvTable } from './csv-table';

/**
 * Reads one column of a table. An empty field is a missing value; text that is not what is wanted makes its row
 * unreadable, with the reason.
 */
export function readCsvColumn(
  table: CsvTable,
  slot: number,
  read: ReadColumn,
  unreadable: Map<number, string>,
): ColumnValues {
  if (read.type === 'text') return readTexts(table, slot);
  const timestamps = new TimestampReader();
  const values = new Float64Array(table.rows);
  for (let row = 0; row < table.rows; row++) {
    const start = table.start(row, slot);
    const end = table.end(row, slot);
    if (start === end) {
      values[row] = NaN;
      continue;
    }
    const value =
      read.type === 'timestamp'
        ? timestamps.read(table.bytes, start, end)
        : (fastNumber(table.bytes, start, end) ?? parseNumber(table.text(row, slot)));
    values[row] = value;
    if (value !== value && !unreadable.has(row)) {
      unreadable.set(row, notAValue(read.name, table.text(row, slot), read.type));
    }
  }
  return read.type === 'timestamp' ? { type: 'timestamp', epochMs: values } : { type: 'number', values };
}

/** Distinct texts get numbers in order of appearance; they are found by the hash of their bytes. */
function readTexts(table: CsvTable, slot: number): ColumnValues {
  const dictionary = new TextDictionary(table.bytes);
  const codes = new Int32Array(table.rows);
  for (let row = 0; row < table.rows; row++) {
    const start = table.start(row, slot);
    const end = table.end(row, slot);
    if (start === end) codes[row] = -1;
    else codes[row] = dictionary.code(start, end, () => table.text(row, slot));
  }
  return { type: 'text', codes, values: dictionary.values };
}

/** Open addressing over FNV-1a of the bytes, so that a text seen before makes no string. */
class TextDictionary {
  readonly values: string[] = [];
  readonly #bytes: Buffer;
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #hashes: number[] = [];
  /** Code + 1; 0 is free. A power of two in length, at most half full. */
  #table = new Int32Array(1_024);

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  code(start: number, end: number, text: () => string): number {
    const hash = this.#hash(start, end);
    let place = hash & (this.#table.length - 1);
    for (;;) {
      const code = (this.#table[place] ?? 0) - 1;
      if (code < 0) break;
      if (this.#hashes[code] === hash && this.#isEqual(code, start, end)) return code;
      place = (place + 1) & (this.#table.length - 1);
    }
    const code = this.values.push(text()) - 1;
    this.#starts.push(start);
    this.#ends.push(end);
    this.#hashes.push(hash);
    this.#table[place] = code + 1;
    if (this.values.length * 2 > this.#table.length) this.#grow();
    return code;
  }

  #hash(start: number, end: number): number {
    let hash = 0x811c9dc5;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ (this.#bytes[at] ?? 0), 0x01000193);
    return (hash ^ (hash >>> 15)) >>> 0;
  }

  #isEqual(code: number, start: number, end: number): boolean {
    const other = this.#starts[code] ?? 0;
    if ((this.#ends[code] ?? 0) - other !== end - start) return false;
    for (let i = 0; i < end - start; i++) if (this.#bytes[other + i] !== this.#bytes[start + i]) return false;
    return true;
  }

  #grow(): void {
    this.#table = new Int32Array(this.#table.length * 2);
    this.#hashes.forEach((hash, code) => {
      let place = hash & (this.#table.length - 1);
      while (this.#table[place] !== 0) place = (place + 1) & (this.#table.length - 1);
      this.#table[place] = code + 1;
    });
  }
}
