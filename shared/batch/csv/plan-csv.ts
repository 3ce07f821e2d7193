import { ServingError } from '../../errors';
import type { MiniBatchLimits, SizedSlice } from '../job-plan';
import { parseRecord } from './csv-field';
import { CR, LF, RecordScanner } from './record-scanner';

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const MAX_HEADER_BYTES = 1024 * 1024;

/** What scanning a CSV blob tells: its columns, and slices of whole records within the limits. */
export interface CsvScan {
  readonly columns: readonly string[];
  readonly rows: number;
  readonly slices: readonly SizedSlice[];
}

/**
 * Scans a CSV blob chunk by chunk, in constant memory but for the slices.
 * Throws ServingError `invalid-input`: no header, a column named twice, broken quotes with their line.
 */
export class CsvPlanner {
  readonly #limits: MiniBatchLimits;
  readonly #input: number;
  readonly #scanner = new RecordScanner((end, isBlank) => {
    this.#endRecord(end, isBlank);
  });
  readonly #slices: SizedSlice[] = [];
  /** The file's beginning, until the header's end is known. */
  #head: Buffer | undefined = Buffer.alloc(0);
  #headerEnd = -1;
  #columns: string[] = [];
  #sliceStart = 0;
  #sliceRows = 0;
  #rows = 0;
  /** End of the record before; where a slice ends that would grow too large with the next one. */
  #lastEnd = 0;

  constructor(input: number, limits: MiniBatchLimits) {
    this.#input = input;
    this.#limits = limits;
  }

  push(chunk: Buffer): void {
    if (this.#head) {
      this.#head = Buffer.concat([this.#head, chunk]);
      if (this.#head.length > MAX_HEADER_BYTES + chunk.length) {
        throw new ServingError('invalid-input', `the header line is longer than ${MAX_HEADER_BYTES} bytes`);
      }
    }
    this.#scanner.push(chunk);
    if (this.#headerEnd >= 0) this.#head = undefined;
  }

  finish(): CsvScan {
    this.#scanner.finish();
    if (this.#headerEnd < 0) throw new ServingError('invalid-input', 'it has no header line');
    this.#closeSlice();
    return { columns: this.#columns, rows: this.#rows, slices: this.#slices };
  }

  #endRecord(end: number, isBlank: boolean): void {
    if (this.#headerEnd < 0) {
      if (!isBlank) this.#readHeader(end);
    } else if (!isBlank) {
      const isFull =
        this.#sliceRows >= this.#limits.maxRows ||
        (this.#sliceRows > 0 && end - this.#sliceStart > this.#limits.maxBytes);
      if (isFull) this.#closeSlice();
      this.#sliceRows += 1;
      this.#rows += 1;
    }
    this.#lastEnd = end;
  }

  #readHeader(end: number): void {
    const head = this.#head ?? Buffer.alloc(0);
    let line = head.subarray(this.#lastEnd, end);
    if (this.#lastEnd === 0 && line.subarray(0, 3).equals(BYTE_ORDER_MARK)) line = line.subarray(3);
    while (line.at(-1) === LF || line.at(-1) === CR) line = line.subarray(0, -1);
    this.#columns = parseRecord(line);
    const twice = this.#columns.find((name, at) => this.#columns.indexOf(name) !== at);
    if (twice !== undefined)
      throw new ServingError('invalid-input', `its header names the column "${twice}" twice`);
    this.#headerEnd = end;
    this.#sliceStart = end;
  }

  #closeSlice(): void {
    const [start, end, rows] = [this.#sliceStart, this.#lastEnd, this.#sliceRows];
    if (rows > 0) {
      const firstRow = this.#rows - rows + 1;
      this.#slices.push({
        slice: { kind: 'bytes', input: this.#input, firstRow, rows, start, end },
        sizeBytes: end - start,
      });
    }
    this.#sliceStart = end;
    this.#sliceRows = 0;
  }
}
