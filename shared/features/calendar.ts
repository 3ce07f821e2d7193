import type { CalendarPart } from './feature-set';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DAYS_PER_400_YEARS = 146_097;

/**
 * The calendar part of each timestamp, in UTC: hour 0–23, weekday 0 (Sunday) – 6, month 1–12, day-of-month 1–31,
 * day-of-year 1–366; −1 where the timestamp is missing. Integer arithmetic, no Date per row.
 *
 * @param order rows to read, in this order; every row where absent
 */
export function calendarParts(epochMs: Float64Array, part: CalendarPart, order?: Int32Array): Int16Array {
  const rows = order?.length ?? epochMs.length;
  const parts = new Int16Array(rows);
  const ofDay = part === 'hour' ? undefined : dayReader(part);
  for (let i = 0; i < rows; i++) {
    const ms = epochMs[order ? (order[i] ?? 0) : i] ?? NaN;
    if (ms !== ms) parts[i] = -1;
    else if (ofDay) parts[i] = ofDay(Math.floor(ms / DAY_MS));
    else parts[i] = Math.floor((ms - Math.floor(ms / DAY_MS) * DAY_MS) / 3_600_000);
  }
  return parts;
}

/** Whole minutes since midnight UTC, 0–1439; −1 where the timestamp is missing. */
export function minutesOfDay(epochMs: Float64Array, order?: Int32Array): Int16Array {
  const rows = order?.length ?? epochMs.length;
  const minutes = new Int16Array(rows);
  for (let i = 0; i < rows; i++) {
    const ms = epochMs[order ? (order[i] ?? 0) : i] ?? NaN;
    minutes[i] = ms === ms ? Math.floor((ms - Math.floor(ms / DAY_MS) * DAY_MS) / MINUTE_MS) : -1;
  }
  return minutes;
}

/** Days since 1970-01-01 → part. Remembers the last day: rows of one day mostly stand together. */
function dayReader(part: Exclude<CalendarPart, 'hour'>): (day: number) => number {
  let lastDay = NaN;
  let lastPart = 0;
  return (day) => {
    if (day !== lastDay) {
      lastDay = day;
      lastPart = partOfDay(day, part);
    }
    return lastPart;
  };
}

function partOfDay(day: number, part: Exclude<CalendarPart, 'hour'>): number {
  if (part === 'weekday') return (((day + 4) % 7) + 7) % 7; // 1970-01-01 was a Thursday
  const { year, month, dayOfMonth } = civilDate(day);
  switch (part) {
    case 'month':
      return month;
    case 'day-of-month':
      return dayOfMonth;
    case 'day-of-year':
      return day - daysToYear(year) + 1;
  }
}

/** Howard Hinnant, "chrono-compatible low-level date algorithms": civil_from_days. */
function civilDate(day: number): { year: number; month: number; dayOfMonth: number } {
  const shifted = day + 719_468; // days since 0000-03-01
  const era = Math.floor(shifted / DAYS_PER_400_YEARS);
  const dayOfEra = shifted - era * DAYS_PER_400_YEARS;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153); // 0 is March
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    dayOfMonth: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1,
  };
}

/** Days from 1970-01-01 to January 1 of a year. */
function daysToYear(year: number): number {
  const before = year - 1;
  return (
    before * 365 + Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400) - 719_162
  );
}
