import { divideLong, EXACT_DIGITS, readNumber, scaleExactly, TAIL_DIGITS, textOf } from './json-number';

/** Arrays within arrays that are read; Triton's limit. */
export const MAX_DEPTH = 100;

export type NestedNumbers = readonly (number | bigint | NestedNumbers)[];

/** A JSON array, nested to any depth, that holds nothing but numbers. */
export class NumberArray {
  /** The elements in row-major order, as `JSON.parse` reads them; `NaN`, `Infinity` and `-Infinity` as they stand. */
  readonly values: Float64Array;
  /** Sizes by depth; undefined where rows differ in length or depth. */
  readonly shape: readonly number[] | undefined;
  /** False where a number has more digits than a double surely holds: {@link integers} then reads the text again. */
  readonly isExact: boolean;
  private readonly source: Uint8Array;
  private readonly start: number;
  /** Position after the closing bracket. */
  readonly end: number;

  constructor(
    values: Float64Array,
    shape: readonly number[] | undefined,
    isExact: boolean,
    span: { readonly source: Uint8Array; readonly start: number; readonly end: number },
  ) {
    this.values = values;
    this.shape = shape;
    this.isExact = isExact;
    this.source = span.source;
    this.start = span.start;
    this.end = span.end;
  }

  /** Elements as written, in order: exact for integers of any length. Slower than {@link values}. */
  texts(): readonly string[] {
    return textOf(this.source, this.start, this.end).match(/[^\s,[\]]+/g) ?? [];
  }

  /** As arrays within arrays, for readers that care for their nesting; whole numbers past 2^53 are bigint. Slow. */
  toArrays(): NestedNumbers {
    const root: (number | bigint | NestedNumbers)[] = [];
    const open = [root];
    for (const token of textOf(this.source, this.start, this.end).match(/[[\]]|[^\s,[\]]+/g) ?? []) {
      if (token === ']') open.pop();
      else if (token === '[') {
        const inner: (number | bigint | NestedNumbers)[] = [];
        open.at(-1)?.push(inner);
        open.push(inner);
      } else open.at(-1)?.push(numberOf(token));
    }
    const [whole] = root;
    return typeof whole === 'object' ? whole : [];
  }
}

const SPACE = 0x20;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const UPPER_E = 0x45;
const LOWER_E = 0x65;
/** Below it every integer in a double is the one that was written. */
const SURE_INTEGERS = 2 ** 53;
/** 64 bytes, which V8 keeps in its own heap: shapes and single rows are short. */
const FIRST_CAPACITY = 8;
/** From this many elements on, room grows by two at a time instead of eight. */
const LARGE = 4_096;
const TOKENS: readonly (readonly [text: string, value: number])[] = [
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
];

/**
 * Reads the array of numbers that opens at `start`. Where something else than numbers stands in it, or the syntax is
 * broken, answers the position of that instead: the caller then reads the array value by value.
 */
export function scanNumbers(source: Uint8Array, start: number): NumberArray | number {
  const nesting = new Nesting();
  let values = new Float64Array(FIRST_CAPACITY);
  let capacity = values.length;
  let count = 0;
  let leaves = 0;
  let isExact = true;
  let at = start;
  for (;;) {
    let code = source[at] ?? 0;
    while (code <= SPACE && isSpace(code)) code = source[++at] ?? 0;
    if (code === OPEN) {
      if (!nesting.open(leaves)) return at;
      leaves = 0;
      do code = source[++at] ?? 0;
      while (code <= SPACE && isSpace(code));
      if (code !== CLOSE) continue;
    } else {
      // A number: its digits go into one integer of up to 15 and a tail, its point into a count of places.
      const first = at;
      if (code === MINUS) code = source[++at] ?? 0;
      const digits = at;
      let head = 0;
      let tail = 0;
      let tailDigits = 0;
      let places = 0;
      while (code >= ZERO && code <= NINE) {
        head = head * 10 + (code - ZERO);
        code = source[++at] ?? 0;
      }
      const whole = at - digits;
      if (code === POINT) {
        const fraction = at + 1;
        const sureEnd = fraction + EXACT_DIGITS - (head === 0 ? 0 : whole);
        code = source[++at] ?? 0;
        while (code >= ZERO && code <= NINE && at < sureEnd) {
          head = head * 10 + (code - ZERO);
          code = source[++at] ?? 0;
        }
        const tailStart = at;
        while (code >= ZERO && code <= NINE) {
          tail = tail * 10 + (code - ZERO);
          code = source[++at] ?? 0;
        }
        places = at - fraction;
        if (places === 0) return at;
        tailDigits = at - tailStart;
      }
      let value: number;
      if (whole === 0 || (whole > 1 && source[digits] === ZERO)) {
        const token = tokenAt(source, first);
        if (token === undefined) return first;
        value = token[1];
        at = first + token[0].length;
      } else if (code === LOWER_E || code === UPPER_E || whole > EXACT_DIGITS || tailDigits > TAIL_DIGITS) {
        at = afterExponent(source, at);
        if (at < 0) return -at;
        value = readNumber(source, first, at);
        isExact &&= whole <= EXACT_DIGITS && Math.abs(value) < SURE_INTEGERS;
      } else {
        if (tailDigits > 0) value = divideLong(head, tail, tailDigits, places);
        else value = places === 0 ? head : scaleExactly(head, -places);
        if (digits > first) value = -value;
        if (Number.isNaN(value)) value = readNumber(source, first, at);
      }
      if (count === capacity) {
        values = grown(values);
        capacity = values.length;
      }
      values[count] = value;
      count += 1;
      leaves += 1;
      code = source[at] ?? 0;
      while (code <= SPACE && isSpace(code)) code = source[++at] ?? 0;
    }
    while (code === CLOSE) {
      at += 1;
      if (nesting.close(leaves)) {
        const shape = nesting.shape(count);
        return new NumberArray(values.subarray(0, count), shape, isExact, { source, start, end: at });
      }
      leaves = 0;
      code = source[at] ?? 0;
      while (code <= SPACE && isSpace(code)) code = source[++at] ?? 0;
    }
    if (code !== COMMA) return at;
    at += 1;
  }
}

/** Follows brackets: how deep they go, and whether every row is like the first of its depth. */
class Nesting {
  private depth = 0;
  private isRegular = true;
  private leafDepth = 0;
  /** By depth from 1: arrays so far within the open array, and the size of the first that closed. */
  private readonly arrays: number[] = [0];
  private readonly sizes: (number | undefined)[] = [undefined];

  /** `leaves`: numbers so far in the array around. False where it goes too deep. */
  open(leaves: number): boolean {
    if (leaves > 0) this.isRegular = false;
    this.depth += 1;
    this.arrays[this.depth] = 0;
    return this.depth <= MAX_DEPTH;
  }

  /** `leaves`: numbers directly in the array that closes. True where it is the outermost. */
  close(leaves: number): boolean {
    const arrays = this.arrays[this.depth] ?? 0;
    const size = arrays + leaves;
    const first = this.sizes[this.depth];
    if (first === undefined) this.sizes[this.depth] = size;
    else if (first !== size) this.isRegular = false;
    if (leaves > 0) {
      if (this.leafDepth === 0) this.leafDepth = this.depth;
      else if (this.leafDepth !== this.depth) this.isRegular = false;
      if (arrays > 0) this.isRegular = false;
    }
    this.depth -= 1;
    this.arrays[this.depth] = (this.arrays[this.depth] ?? 0) + 1;
    return this.depth === 0;
  }

  shape(count: number): readonly number[] | undefined {
    const shape = this.sizes.slice(1, (this.leafDepth || this.sizes.length) + 1).map((size) => size ?? 0);
    const product = shape.reduce((total, size) => total * size, 1);
    return this.isRegular && product === count ? shape : undefined;
  }
}

/** Position after the exponent that may begin at `at`; the negative position of the fault where it is broken. */
function afterExponent(source: Uint8Array, at: number): number {
  if (source[at] !== LOWER_E && source[at] !== UPPER_E) return at;
  let next = at + 1;
  if (source[next] === 0x2b || source[next] === MINUS) next += 1;
  const digits = next;
  while (isDigit(source[next])) next += 1;
  return next === digits ? -next : next;
}

function tokenAt(source: Uint8Array, at: number): readonly [string, number] | undefined {
  return TOKENS.find(([text]) => textOf(source, at, Math.min(at + text.length, source.length)) === text);
}

function numberOf(text: string): number | bigint {
  const value = Number(text);
  return /^-?[0-9]+$/.test(text) && !Number.isSafeInteger(value) ? BigInt(text) : value;
}

function grown(values: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(values.length * (values.length < LARGE ? 8 : 2));
  larger.set(values);
  return larger;
}

function isDigit(code: number | undefined): boolean {
  return code !== undefined && code >= ZERO && code <= NINE;
}

function isSpace(code: number): boolean {
  return code === SPACE || code === 0x0a || code === 0x0d || code === 0x09;
}
