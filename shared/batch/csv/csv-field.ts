import { parseTimestamp } from '../../features/timestamp';
import { QUOTE } from './record-scanner';

const DAY_MS = 86_400_000;
const ZERO = 0x30;

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
    const length = end - start;
    const isMinuteOrSecond = (length === 16 || length === 19) && isTimeOfDay(bytes, start + 10, length);
    if (!isMinuteOrSecond) return parseTimestamp(bytes.toString('latin1', start, end));
    const day = bytes.toString('latin1', start, start + 10);
    if (day !== this.#lastDay) {
      this.#lastDay = day;
      this.#lastDayMs = parseTimestamp(day);
    }
    const hour = twoDigits(bytes, start + 11);
    const minute = twoDigits(bytes, start + 14);
    const second = length === 19 ? twoDigits(bytes, start + 17) : 0;
    if (hour > 23 || minute > 59 || second > 59 || this.#lastDayMs % DAY_MS !== 0) return NaN;
    return this.#lastDayMs + ((hour * 60 + minute) * 60 + second) * 1_000;
  }
}

/** `T` or space, then `hh:mm` or `hh:mm:ss`. */
function isTimeOfDay(bytes: Buffer, at: number, length: number): boolean {
  const separator = bytes[at];
  if (separator !== 0x54 && separator !== 0x20) return false;
  if (bytes[at + 3] !== 0x3a || !isDigits(bytes, at + 1) || !isDigits(bytes, at + 4)) return false;
  return length === 16 || (bytes[at + 6] === 0x3a && isDigits(bytes, at + 7));
}

function isDigits(bytes: Buffer, at: number): boolean {
  const [tens, ones] = [(bytes[at] ?? 0) - ZERO, (bytes[at + 1] ?? 0) - ZERO];
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9;
}

function twoDigits(bytes: Buffer, at: number): number {
  return ((bytes[at] ?? 0) - ZERO) * 10 + ((bytes[at + 1] ?? 0) - ZERO);
}
