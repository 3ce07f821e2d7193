import { unquote } from './csv-field';
import { COMMA, CR, LF, QUOTE } from './record-scanner';

/**
 * Records of a CSV slice with the places of their wanted fields, as byte offsets; nothing is copied.
 * A record with a wrong number of fields keeps those it has.
 */
export class CsvTable {
  readonly bytes: Buffer;
  readonly rows: number;
  /** Start (inclusive) and end (exclusive, without the line break) of each record. */
  readonly recordStart: Int32Array;
  readonly recordEnd: Int32Array;
  readonly fieldCount: Int32Array;
  readonly #slots: readonly number[];
  readonly #fieldStart: Int32Array;
  readonly #fieldEnd: Int32Array;
  /** 1 where the field holds doubled quotes. */
  readonly #isEscaped: Uint8Array;

  /**
   * @param bytes  whole records, as the planner cut them
   * @param rows   records in them, blank lines not counted
   * @param wanted column numbers whose fields are kept, ascending
   */
  constructor(bytes: Buffer, rows: number, wanted: readonly number[]) {
    this.bytes = bytes;
    this.rows = rows;
    this.recordStart = new Int32Array(rows);
    this.recordEnd = new Int32Array(rows);
    this.fieldCount = new Int32Array(rows);
    this.#slots = wanted;
    this.#fieldStart = new Int32Array(rows * wanted.length);
    this.#fieldEnd = new Int32Array(rows * wanted.length);
    this.#isEscaped = new Uint8Array(rows * wanted.length);
    this.#parse();
  }

  /** Place of a wanted field in `bytes`, from start (inclusive) to end (exclusive), quotes left out; both 0 where the record lacks it. */
  start(row: number, slot: number): number {
    return this.#fieldStart[row * this.#slots.length + slot] ?? 0;
  }

  end(row: number, slot: number): number {
    return this.#fieldEnd[row * this.#slots.length + slot] ?? 0;
  }

  /** Text of a wanted field; '' where the record has too few fields. */
  text(row: number, slot: number): string {
    const at = row * this.#slots.length + slot;
    const raw = this.bytes.toString('utf8', this.#fieldStart[at], this.#fieldEnd[at]);
    return this.#isEscaped[at] ? unquote(raw) : raw;
  }

  #parse(): void {
    const { bytes } = this;
    const slots = this.#slots.length;
    const slotOf = new Int32Array((this.#slots.at(-1) ?? -1) + 2).fill(-1);
    this.#slots.forEach((column, slot) => (slotOf[column] = slot));
    let at = 0;
    for (let row = 0; row < this.rows; row++) {
      while (bytes[at] === LF || (bytes[at] === CR && bytes[at + 1] === LF)) at++;
      this.recordStart[row] = at;
      let column = 0;
      for (;;) {
        let start = at;
        let end: number;
        let isEscaped = 0;
        if (bytes[at] === QUOTE) {
          start = at + 1;
          end = bytes.indexOf(QUOTE, start);
          while (bytes[end + 1] === QUOTE) {
            isEscaped = 1;
            end = bytes.indexOf(QUOTE, end + 2);
          }
          at = end + 1;
          if (bytes[at] === CR) at++;
        } else {
          while (at < bytes.length && bytes[at] !== COMMA && bytes[at] !== LF) at++;
          end = at > start && bytes[at - 1] === CR && bytes[at] !== COMMA ? at - 1 : at;
        }
        const slot = slotOf[column++] ?? -1;
        if (slot >= 0) {
          const place = row * slots + slot;
          this.#fieldStart[place] = start;
          this.#fieldEnd[place] = end;
          this.#isEscaped[place] = isEscaped;
        }
        if (at >= bytes.length || bytes[at] === LF) break;
        at++;
      }
      this.fieldCount[row] = column;
      this.recordEnd[row] = at > 0 && bytes[at - 1] === CR ? at - 1 : at;
      at++;
    }
  }
}
