import { CronExpressionParser, type CronExpressionOptions } from 'cron-parser';
import { errorText } from '../log';

/** When a timer fires. */
export interface Schedule {
  /** The first firing time after `time`, exclusive. */
  next(time: Date): Date;
}

/** A day that both day fields allow comes within 28 years (29 February on a given weekday), at most this far on. */
const MOST_CANDIDATES = 20_000;

/**
 * Parses what `app.timer` takes: NCRONTAB of six fields (second first) or five, or a time span `hh:mm:ss`.
 * Unlike cron, NCRONTAB wants day of month and day of week both to hold. `timeZone` is an IANA name.
 * Throws an Error that names the schedule.
 */
export function parseSchedule(text: string, timeZone = 'UTC'): Schedule {
  const span = /^(\d+):(\d{2}):(\d{2})$/u.exec(text);
  if (span) {
    const [, hours, minutes, seconds] = span;
    const ms = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
    if (ms > 0) return { next: (time) => new Date(time.getTime() + ms) };
  }
  const fields = text.trim().split(/\s+/u);
  if (fields.length === 5) fields.unshift('0');
  try {
    if (fields.length !== 6) throw new Error(`it has ${fields.length} fields`);
    return parseFields(fields, timeZone);
  } catch (error) {
    const reason = errorText(error);
    throw new Error(
      `Schedule "${text}": expected {second} {minute} {hour} {day} {month} {day of week}; ${reason}`,
      {
        cause: error,
      },
    );
  }
}

function parseFields(fields: readonly string[], timeZone: string): Schedule {
  const day = fields[3] ?? '*';
  const weekday = fields[5] ?? '*';
  const restrictsBoth = !/^[*?]/u.test(day) && !/^[*?]/u.test(weekday);
  const expression = restrictsBoth ? [...fields.slice(0, 5), '*'].join(' ') : fields.join(' ');
  const options = (currentDate: Date): CronExpressionOptions => ({ currentDate, tz: timeZone });
  CronExpressionParser.parse(expression, options(new Date(0)));
  const weekdays = CronExpressionParser.parse(
    fields.join(' '),
    options(new Date(0)),
  ).fields.dayOfWeek.values.map(Number);

  return {
    next: (time) => {
      const candidates = CronExpressionParser.parse(expression, options(time));
      for (let tries = 0; tries < MOST_CANDIDATES; tries++) {
        const candidate = candidates.next();
        if (!restrictsBoth || weekdays.includes(candidate.getDay())) return candidate.toDate();
      }
      throw new Error(`Schedule "${fields.join(' ')}" never fires`);
    },
  };
}
