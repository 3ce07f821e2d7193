import { ServingError } from '../errors';
import { readNumber } from './json-number';
import { MAX_DEPTH, NumberArray, scanNumbers } from './json-numbers';

/**
 * A JSON document for scoring. An array of nothing but numbers, nested or flat, is a {@link NumberArray}: no element
 * becomes an object. Whole numbers past ±(2^53 − 1) are bigint. Objects are maps: their members keep the order they
 * came in (the last of equal names wins), and no name can touch a prototype.
 */
export type JsonValue = null | boolean | number | bigint | string | NumberArray | JsonArray | JsonObject;
export type JsonArray = readonly JsonValue[];
export type JsonObject = ReadonlyMap<string, JsonValue>;

/**
 * Reads RFC 8259 JSON in UTF-8, and the `NaN`, `Infinity` and `-Infinity` that Python's json writes. At most 100 levels
 * deep. Throws `invalid-payload` that names the byte (0-based) of the fault, what was expected and what stands there.
 */
export function parseJson(body: Uint8Array): JsonValue {
  return new DocumentReader(body).read();
}

export function isJsonArray(value: JsonValue | undefined): value is JsonArray {
  return Array.isArray(value);
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return value instanceof Map;
}

/** How a value is named in an error: its kind, and the value itself where it is short. */
export function describeJson(value: JsonValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (value instanceof NumberArray || isJsonArray(value)) return 'an array';
  if (isJsonObject(value)) return 'an object';
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const WORDS = new Map<string, JsonValue>([
  ['true', true],
  ['false', false],
  ['null', null],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);
const NUMBER = /^-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/;

class DocumentReader {
  private readonly body: Buffer;
  private at = 0;
  private depth = 0;
  /** An array that begins before this position is known to hold more than numbers: it is not scanned again. */
  private mixedUntil = 0;

  constructor(body: Uint8Array) {
    this.body = Buffer.from(body.buffer, body.byteOffset, body.length);
    const hasByteOrderMark = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
    if (hasByteOrderMark) this.at = 3;
  }

  read(): JsonValue {
    const value = this.value();
    if (this.peek() !== undefined) this.fail('the end of the document');
    return value;
  }

  private value(): JsonValue {
    const code = this.peek();
    if (code === OPEN_OBJECT) return this.object();
    if (code === OPEN_ARRAY) return this.array();
    return code === QUOTE ? this.string() : this.scalar();
  }

  private object(): JsonObject {
    const members = new Map<string, JsonValue>();
    this.enter();
    if (this.peek() === CLOSE_OBJECT) return this.leave(members);
    for (;;) {
      if (this.peek() !== QUOTE) this.fail('a member name in quotes');
      const name = this.string();
      if (this.peek() !== COLON) this.fail('":"');
      this.at += 1;
      members.set(name, this.value());
      const code = this.peek();
      if (code === CLOSE_OBJECT) return this.leave(members);
      if (code !== COMMA) this.fail('"," or "}"');
      this.at += 1;
    }
  }

  private array(): NumberArray | JsonArray {
    const numbers = this.numbers();
    if (numbers !== undefined) return numbers;
    const items: JsonValue[] = [];
    this.enter();
    if (this.peek() === CLOSE_ARRAY) return this.leave(items);
    for (;;) {
      items.push(this.value());
      const code = this.peek();
      if (code === CLOSE_ARRAY) return this.leave(items);
      if (code !== COMMA) this.fail('"," or "]"');
      this.at += 1;
    }
  }

  private numbers(): NumberArray | undefined {
    if (this.at < this.mixedUntil) return undefined;
    const scanned = scanNumbers(this.body, this.at);
    if (typeof scanned === 'number') {
      this.mixedUntil = scanned;
      return undefined;
    }
    if (scanned.values.length === 0) return undefined;
    this.at = scanned.end;
    return scanned;
  }

  private string(): string {
    const { body } = this;
    const start = this.at + 1;
    let end = start;
    let isPlain = true;
    for (let code = body[end]; code !== QUOTE; code = body[end]) {
      if (code === undefined) this.fail('the closing quote of the text', end);
      if (code < 0x20) this.fail('an escaped control character', end);
      if (code === BACKSLASH) end += 1;
      if (code === BACKSLASH || code >= 0x80) isPlain = false;
      end += 1;
    }
    this.at = end + 1;
    if (isPlain) return body.toString('latin1', start, end);
    const text = body.toString('utf8', start, end);
    return text.includes('\\') ? this.unescaped(text, start) : text;
  }

  private unescaped(text: string, start: number): string {
    const fault = /\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})/.exec(text.replaceAll('\\\\', '  '));
    if (fault) this.fail('a valid escape', start + Buffer.byteLength(text.slice(0, fault.index)));
    return String(JSON.parse(`"${text}"`));
  }

  private scalar(): JsonValue {
    const window = this.body.toString('latin1', this.at, this.at + 9);
    const word = /^-?[A-Za-z]+/.exec(window)?.[0];
    if (word !== undefined) {
      const value = WORDS.get(word);
      if (value === undefined) this.fail('a JSON value');
      this.at += word.length;
      return value;
    }
    return this.number();
  }

  private number(): number | bigint {
    const { body, at } = this;
    let end = at;
    while (isNumberByte(body[end])) end += 1;
    const text = body.toString('latin1', at, end);
    const match = NUMBER.exec(text);
    if (match?.[0].length !== text.length || text.length === 0) {
      this.fail('a JSON value', at + (match?.[0].length ?? 0));
    }
    this.at = end;
    const value = readNumber(body, at, end);
    const isWhole = match[1] === undefined && match[2] === undefined;
    return isWhole && !Number.isSafeInteger(value) ? BigInt(text) : value;
  }

  /** The next byte that is not white space; undefined at the end. */
  private peek(): number | undefined {
    let code = this.body[this.at];
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) {
      this.at += 1;
      code = this.body[this.at];
    }
    return code;
  }

  private enter(): void {
    this.depth += 1;
    if (this.depth > MAX_DEPTH) this.fail(`at most ${MAX_DEPTH} levels`);
    this.at += 1;
  }

  private leave<T>(value: T): T {
    this.depth -= 1;
    this.at += 1;
    return value;
  }

  private fail(expected: string, at = this.at): never {
    const end = at >= this.body.length;
    const found = end ? 'the end' : JSON.stringify(Buffer.from(this.body.subarray(at, at + 12)).toString());
    throw new ServingError(
      'invalid-payload',
      `The body is not JSON: expected ${expected} at byte ${at}, found ${found}`,
    );
  }
}

function isNumberByte(code: number | undefined): boolean {
  if (code === undefined) return false;
  return (
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2d ||
    code === 0x2b ||
    code === 0x2e ||
    (code | 0x20) === 0x65
  );
}
