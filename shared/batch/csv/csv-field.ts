import { parseTimestamp } from '../../features/timestamp';
import { QUOTE } from './record-scanner';

const ZERO = 0x30;
const COLON = 0x3a;
const POINT = 0x2e;

/** The text of a quoted field without its quotes: two quotes stand for one. */
export function unquote(text: string): string {
  return text.replaceAll('""', '"');
}

/** A value as one CSV field: quoted where it holds a comma, a quote or a line break (RFC 4180). */
export function quoteField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The fields of one record, without its line break. */
export function parseRecord(bytes: Buffer): string[] {
  const fields: string[] = [];
  for (let at = 0; at <= bytes.length;) {
    const isQuoted = bytes[at] === QUOTE;
    if (isQuoted) {
      let end = at + 1;
      while (end < bytes.length && (bytes[end] !== QUOTE || bytes[end + 1] === QUOTE))
        end += bytes[end] === QUOTE ? 2 : 1;
      fields.push(unquote(bytes.toString('utf8', at + 1, end)));
      at = end + 2;
      continue;
    }
    const comma = bytes.indexOf(',', at);
    const end = comma < 0 ? bytes.length : comma;
    fields.push(bytes.toString('utf8', at, end));
    at = end + 1;
  }
  return fields;
}

/** A plain decimal number without exponent is read from its bytes; NaN where it is none, undefined where it is unusual. */
export function fastNumber(bytes: Uint8Array, start: number, end: number): number | undefined {
  let at = start;
  const isNegative = bytes[at] === 0x2d;
  if (isNegative) at++;
  let digits = 0;
  let value = 0;
  let scale = 0;
  for (; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === 0x2e && scale === 0) {
      scale = 1;
      continue;
    }
    const digit = byte - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
    digits++;
    if (scale > 0) scale *= 10;
  }
  if (digits === 0 || digits > 15) return undefined; // more digits than a double holds exactly
  const magnitude = scale > 1 ? value / scale : value;
  return isNegative ? -magnitude : magnitude;
}

/**
 * Reads timestamps from bytes. Rows of one day mostly stand together, so the last day's milliseconds are remembered.
 * Answers NaN where the text is no timestamp.
 */
export class TimestampReader {
  #lastDay = '';
  #lastDayMs = NaN;

  read(bytes: Buffer, start: number, end: number): number {
    const isUtc = bytes[end - 1] === 0x5a;
    const millisecond = millisecondOf(bytes, start + 10, isUtc ? end - 1 : end);
    if (millisecond === undefined) return parseTimestamp(bytes.toString('latin1', start, end));
    const day = bytes.toString('latin1', start, start + 10);
    if (day !== this.#lastDay) {
      this.#lastDay = day;
      this.#lastDayMs = parseTimestamp(day);
    }
    return this.#lastDayMs + millisecond;
  }
}

/** Of `Thh:mm`, `Thh:mm:ss` or `Thh:mm:ss.fff…`, space for `T` too; undefined where it is anything else. */
function millisecondOf(bytes: Buffer, at: number, end: number): number | undefined {
  const length = end - at;
  const separator = bytes[at];
  if ((length !== 6 && length < 9) || length === 10 || (separator !== 0x54 && separator !== 0x20))
    return undefined;
  if (bytes[at + 3] !== COLON || !isDigits(bytes, at + 1) || !isDigits(bytes, at + 4)) return undefined;
  const hour = twoDigits(bytes, at + 1);
  const minute = twoDigits(bytes, at + 4);
  if (hour > 23 || minute > 59) return undefined;
  if (length === 6) return (hour * 60 + minute) * 60_000;
  if (bytes[at + 6] !== COLON || !isDigits(bytes, at + 7) || (length > 9 && bytes[at + 9] !== POINT))
    return undefined;
  const second = twoDigits(bytes, at + 7);
  let fraction = 0;
  for (let place = at + 10, weight = 100; place < end; place++, weight = Math.floor(weight / 10)) {
    const digit = (bytes[place] ?? 0) - ZERO;
    if (digit < 0 || digit > 9 || place > at + 18) return undefined;
    fraction += digit * weight;
  }
  return second > 59 ? undefined : ((hour * 60 + minute) * 60 + second) * 1_000 + fraction;
}

function isDigits(bytes: Buffer, at: number): boolean {
  const [tens, ones] = [(bytes[at] ?? 0) - ZERO, (bytes[at + 1] ?? 0) - ZERO];
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9;
}

function twoDigits(bytes: Buffer, at: number): number {
  return ((bytes[at] ?? 0) - ZERO) * 10 + ((bytes[at + 1] ?? 0) - ZERO);
}
