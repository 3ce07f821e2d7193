/**
 * ISO 8601 as data files write it: `2001-01-31`, `2001-01-31T23:59`, `2001-01-31 23:59:58.123456Z`, `…+02:00`.
 * Without a zone it is UTC.
 */
const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/;

/** Milliseconds since 1970-01-01T00:00Z of a timestamp's text; NaN where the text is none (also for February 30). */
export function parseTimestamp(text: string): number {
  const found = ISO.exec(text);
  if (!found) return NaN;
  const part = (group: number): number => Number(found[group] ?? 0);
  const [year, month, day, hour, minute, second] = [part(1), part(2), part(3), part(4), part(5), part(6)];
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return NaN;
  if (hour > 23 || minute > 59 || second > 59) return NaN;
  const midnight = Date.UTC(2000, month - 1, day) + yearShift(year, month, day);
  const millisecond = Math.floor(part(7) * 1_000 + 1e-6);
  return midnight + ((hour * 60 + minute) * 60 + second) * 1_000 + millisecond - zoneMs(found[8]);
}

/** `Date.UTC` reads the years 0–99 as 1900–1999, so the year is set apart. */
function yearShift(year: number, month: number, day: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getTime() - Date.UTC(2000, month - 1, day);
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

function zoneMs(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}
