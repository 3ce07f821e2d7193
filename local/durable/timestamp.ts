/**
 * A moment in UTC as the durable extension writes it: ISO 8601 with up to seven decimals (ticks of 100 ns),
 * trailing zeros left out, for example `2026-11-21T01:32:43.15Z`.
 */
export type Timestamp = string;

const PATTERN = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,7}))?Z$/;
const TICKS_PER_MS = 10_000;

/** The moment `ms` milliseconds after the epoch, plus `ticks` (0 to 9,999) of 100 ns. */
export function timestampOf(ms: number, ticks = 0): Timestamp {
  const whole = new Date(ms).toISOString();
  const fraction = `${whole.slice(20, 23)}${String(ticks).padStart(4, '0')}`.replace(/0+$/, '');
  return fraction ? `${whole.slice(0, 19)}.${fraction}Z` : `${whole.slice(0, 19)}Z`;
}

/** Milliseconds since the epoch, the ticks below a millisecond cut off (as `new Date(timestamp)` does). */
export function millisecondsOf(timestamp: Timestamp): number {
  return split(timestamp).ms;
}

/** The timestamp `ms` (rounded to whole milliseconds) later, its ticks kept. */
export function plusMilliseconds(timestamp: Timestamp, ms: number): Timestamp {
  const start = split(timestamp);
  return timestampOf(start.ms + Math.round(ms), start.ticks);
}

/** All seven decimals, as .NET's round-trip format writes them. */
export function roundTripFormat(timestamp: Timestamp): string {
  const { ms, ticks } = split(timestamp);
  return `${new Date(ms).toISOString().slice(0, 23)}${String(ticks).padStart(4, '0')}Z`;
}

/** The precision of a status answer: whole seconds, cut off. */
export function toSeconds(timestamp: Timestamp): string {
  return `${timestamp.slice(0, 19)}Z`;
}

/** Negative when `a` is before `b`. */
export function compareTimestamps(a: Timestamp, b: Timestamp): number {
  const left = split(a);
  const right = split(b);
  return left.ms - right.ms || left.ticks - right.ticks;
}

function split(timestamp: Timestamp): { readonly ms: number; readonly ticks: number } {
  const match = PATTERN.exec(timestamp);
  if (!match) throw new Error(`Expected a UTC timestamp with up to seven decimals, received "${timestamp}"`);
  const fraction = (match[2] ?? '').padEnd(7, '0');
  const ms = Date.parse(`${match[1] ?? ''}.${fraction.slice(0, 3)}Z`);
  return { ms, ticks: Number(fraction.slice(3)) };
}

/** Gives timestamps that never repeat and never go back, whatever the machine's clock does. */
export class TimestampSource {
  readonly #nowMs: () => number;
  #ms = 0;
  #ticks = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  next(): Timestamp {
    const now = Math.floor(this.#nowMs());
    if (now > this.#ms) {
      this.#ms = now;
      this.#ticks = 0;
    } else {
      this.#ticks += 1;
      if (this.#ticks === TICKS_PER_MS) {
        this.#ms += 1;
        this.#ticks = 0;
      }
    }
    return timestampOf(this.#ms, this.#ticks);
  }
}
