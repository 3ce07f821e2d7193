/** 10^0 … 10^22: the powers of ten that a double holds exactly. */
const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
/** Veltkamp's splitter, 2^27 + 1: cuts a double into two halves whose products are exact. */
const SPLITTER = 134_217_729;
/** Far above the relative error of the quotient's correction (2^-51) and far below what decides most roundings. */
const DOUBT = 2 ** -40;

/** Digits that an integer in a double surely holds. */
export const EXACT_DIGITS = 15;
/** Digits past those that {@link divideLong} takes. */
export const TAIL_DIGITS = 7;
const ZERO = 0x30;

/**
 * `mantissa × 10^scale` correctly rounded; exact operands make one rounding (Clinger, "How to read floating point
 * numbers accurately", 1990). `mantissa` must be an integer below 10^15 and |scale| at most 22.
 */
export function scaleExactly(mantissa: number, scale: number): number {
  if (scale === 0) return mantissa;
  return scale < 0 ? mantissa / powerOfTen(-scale) : mantissa * powerOfTen(scale);
}

/**
 * The double nearest to a JSON number's text, equal to what `JSON.parse` gives for every valid number. `source` from
 * `start` (inclusive) to `end` (exclusive) must match the number grammar of RFC 8259: the caller has checked it.
 *
 * Up to 15 digits are scaled exactly; up to 22 with a scale of −22 to 0 (what Python prints for most floats) are divided
 * in twice the precision and kept where the rounding is beyond doubt; the rest goes through `Number`.
 */
export function readNumber(source: Uint8Array, start: number, end: number): number {
  const isNegative = source[start] === 0x2d;
  let head = 0;
  let tail = 0;
  let digits = 0;
  let scale = 0;
  let hasPoint = false;
  let at = isNegative ? start + 1 : start;
  for (; at < end; at += 1) {
    const code = source[at] ?? 0;
    if (code === 0x2e) {
      hasPoint = true;
      continue;
    }
    if (code > 0x39) break;
    if (hasPoint) scale -= 1;
    if (digits === 0 && code === ZERO) continue;
    digits += 1;
    if (digits <= EXACT_DIGITS) head = head * 10 + (code - ZERO);
    else if (digits <= EXACT_DIGITS + TAIL_DIGITS) tail = tail * 10 + (code - ZERO);
  }
  if (at < end) scale += Number(textOf(source, at + 1, end));
  if (digits === 0) return isNegative ? -0 : 0;
  const magnitude = nearest(head, tail, digits, scale) ?? Math.abs(Number(textOf(source, start, end)));
  return isNegative ? -magnitude : magnitude;
}

/** The characters of a number or token, which are ASCII. */
export function textOf(source: Uint8Array, start: number, end: number): string {
  return Buffer.from(source.buffer, source.byteOffset + start, end - start).toString('latin1');
}

function nearest(head: number, tail: number, digits: number, scale: number): number | undefined {
  if (digits <= EXACT_DIGITS) return Math.abs(scale) <= 22 ? scaleExactly(head, scale) : undefined;
  if (digits > EXACT_DIGITS + TAIL_DIGITS || scale > 0 || scale < -22) return undefined;
  const value = divideLong(head, tail, digits - EXACT_DIGITS, -scale);
  return Number.isNaN(value) ? undefined : value;
}

/**
 * `(head × 10^tailDigits + tail) / 10^places` rounded to the nearest double, or NaN where twice the precision cannot
 * decide. head < 10^15, tail < 10^tailDigits, tailDigits ≤ 7, places ≤ 22.
 */
export function divideLong(head: number, tail: number, tailDigits: number, places: number): number {
  const shift = powerOfTen(tailDigits);
  const divisor = powerOfTen(places);
  // head and shift fit 50 and 24 bits: in halves of 24 and 26 bits their products are exact.
  const low = head % 67_108_864;
  const upper = (head - low) * shift;
  const lower = low * shift + tail;
  const value = upper + lower;
  const valueError = lower - (value - upper);

  const quotient = value / divisor;
  const remainder = value - quotient * divisor - productError(quotient, divisor) + valueError;
  const correction = remainder / divisor;
  const rounded = quotient + correction * (1 - DOUBT);
  return rounded === quotient + correction * (1 + DOUBT) ? rounded : Number.NaN;
}

/** `a × b − fl(a × b)`, exactly (Dekker's product). */
function productError(a: number, b: number): number {
  const product = a * b;
  const aCut = a * SPLITTER;
  const aHigh = aCut - (aCut - a);
  const aLow = a - aHigh;
  const bCut = b * SPLITTER;
  const bHigh = bCut - (bCut - b);
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

function powerOfTen(exponent: number): number {
  return POWERS_OF_TEN[exponent] ?? Number.NaN;
}
