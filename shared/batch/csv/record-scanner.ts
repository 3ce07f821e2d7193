import { ServingError } from '../../errors';

export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const LF = 0x0a;
export const CR = 0x0d;

/** Where the scanner stands inside a record. */
type State = 'field-start' | 'plain' | 'quoted' | 'quote-in-quoted';

/**
 * Finds where records of an RFC 4180 file end, chunk by chunk, in constant memory. A line break inside quotes ends
 * no record. A quote inside an unquoted field is an ordinary character, as most readers take it; text behind a closing
 * quote, or a quote that is never closed, throws ServingError `invalid-input` with the line number.
 */
export class RecordScanner {
  readonly #onRecord: (end: number, isBlank: boolean) => void;
  /** Offset in the file of the next chunk's first byte. */
  #offset = 0;
  #recordStart = 0;
  #state: State = 'field-start';
  #line = 1;
  #quoteLine = 1;
  #previous = LF;

  /** `onRecord` gets the offset behind each record's line break, and whether the record is a blank line. */
  constructor(onRecord: (end: number, isBlank: boolean) => void) {
    this.#onRecord = onRecord;
  }

  push(chunk: Uint8Array): void {
    const hasQuotes = this.#state === 'quoted' || this.#state === 'quote-in-quoted' || chunk.includes(QUOTE);
    if (hasQuotes) this.#scan(chunk);
    else this.#scanPlain(chunk);
    this.#offset += chunk.length;
    this.#previous = chunk.at(-1) ?? this.#previous;
  }

  /** A last record without a line break ends here. */
  finish(): void {
    if (this.#state === 'quoted')
      throw this.#broken(`the quote opened on line ${this.#quoteLine} is never closed`);
    if (this.#offset > this.#recordStart) this.#endRecord(this.#offset, this.#previous, 0);
  }

  #scanPlain(chunk: Uint8Array): void {
    let last = -1;
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, at + 1)) {
      this.#line += 1;
      this.#endRecord(this.#offset + at + 1, at === 0 ? this.#previous : (chunk[at - 1] ?? LF), 1);
      last = at;
    }
    if (last < chunk.length - 1) this.#state = chunk.at(-1) === COMMA ? 'field-start' : 'plain';
    else if (chunk.length > 0) this.#state = 'field-start';
  }

  #scan(chunk: Uint8Array): void {
    let state = this.#state;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      if (byte === LF) this.#line += 1;
      if (state === 'quoted') {
        if (byte === QUOTE) state = 'quote-in-quoted';
      } else if (byte === LF) {
        this.#endRecord(this.#offset + at + 1, at === 0 ? this.#previous : (chunk[at - 1] ?? LF), 1);
        state = 'field-start';
      } else if (byte === COMMA) state = 'field-start';
      else if (state === 'quote-in-quoted') {
        if (byte === QUOTE) state = 'quoted';
        else if (byte !== CR)
          throw this.#broken(`text follows the closing quote of the field opened on line ${this.#quoteLine}`);
      } else if (state === 'field-start' && byte === QUOTE) {
        state = 'quoted';
        this.#quoteLine = this.#line;
      } else state = 'plain';
    }
    this.#state = state;
  }

  #endRecord(end: number, previous: number, breakBytes: number): void {
    const length = end - this.#recordStart - breakBytes;
    this.#onRecord(end, length === 0 || (length === 1 && previous === CR));
    this.#recordStart = end;
  }

  #broken(what: string): ServingError {
    return new ServingError('invalid-input', `broken quote in line ${this.#line}: ${what}`);
  }
}
