import { describeError } from '../log';
import { resolveSettings } from '../storage-clients';
import { parseSchedule, type Schedule } from './schedule';
import { readTimerRecord, type TimerRecord, writeTimerRecord } from './timer-record';
import { bindingText, type Trigger, type TriggerOptions } from './trigger';

/** Schedules that fire more often are not monitored: no status, never past due. As in the real host. */
const MONITORED_FROM_MS = 60_000;
/** setTimeout takes no more than 2^31-1 ms. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

export interface TimerTriggerOptions extends TriggerOptions {
  /** Where last runs are kept. */
  readonly folder: string;
  readonly now?: () => Date;
}

/**
 * Calls a function by its schedule, one run at a time: what falls due during a run is left out. After a downtime
 * over a due time it runs at once with `isPastDue`; with `runOnStartup` it always does. A failed run is not
 * repeated. Throws an Error for a schedule that cannot be read.
 */
export function startTimerTrigger(options: TimerTriggerOptions): Trigger {
  const { fn, environment } = options;
  const text = resolveSettings(bindingText(fn, 'schedule'), environment);
  const schedule = parseSchedule(text, environment['WEBSITE_TIME_ZONE'] ?? 'UTC');
  return new TimerTrigger(options, schedule);
}

/** Invariant: either one run is under way or one wake-up is set, never both, and neither once stopped. */
class TimerTrigger implements Trigger {
  readonly #options: TimerTriggerOptions;
  readonly #schedule: Schedule;
  readonly #isMonitored: boolean;
  #status: TimerRecord | undefined;
  #timer: NodeJS.Timeout | undefined;
  #run: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(options: TimerTriggerOptions, schedule: Schedule) {
    this.#options = options;
    this.#schedule = schedule;
    const now = this.#now();
    const first = schedule.next(now);
    this.#isMonitored =
      options.fn.trigger['useMonitor'] !== false &&
      schedule.next(first).getTime() - first.getTime() >= MONITORED_FROM_MS;
    this.#status = this.#isMonitored ? readTimerRecord(options.folder, options.fn.name) : undefined;

    const isPastDue = this.#status !== undefined && this.#status.next < now;
    if (isPastDue || options.fn.trigger['runOnStartup'] === true) this.#begin(isPastDue, now);
    else this.#wakeAt(first);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#run;
  }

  #now(): Date {
    return this.#options.now?.() ?? new Date();
  }

  #wakeAt(due: Date): void {
    if (this.#isStopped) return;
    const wait = due.getTime() - this.#now().getTime();
    const wake = (): void => {
      if (wait > LONGEST_WAIT_MS) this.#wakeAt(due);
      else this.#begin(false, due);
    };
    this.#timer = setTimeout(wake, Math.max(0, Math.min(wait, LONGEST_WAIT_MS)));
  }

  #begin(isPastDue: boolean, due: Date): void {
    this.#run = this.#fire(isPastDue, due).then((next) => {
      this.#wakeAt(next);
    });
  }

  /** Runs the function; resolves to the next due time. */
  async #fire(isPastDue: boolean, due: Date): Promise<Date> {
    const { fn, invoke, log, folder } = this.#options;
    const started = this.#now();
    try {
      await invoke(fn.name, {
        data: { json: JSON.stringify(this.#timerInfo(isPastDue)) },
        triggerMetadata: { TimerTrigger: { string: dotnetTime(started) } },
      });
      log.debug(`${fn.name} ran${isPastDue ? ', past due' : ''}`);
    } catch (thrown) {
      log.error(`${fn.name} failed: ${describeError(thrown)}`);
    }
    // A timer may wake a little before `due`; that firing must not come twice.
    const next = this.#schedule.next(new Date(Math.max(this.#now().getTime(), due.getTime())));
    if (this.#isMonitored) {
      this.#status = { last: started, next };
      writeTimerRecord(folder, fn.name, this.#status);
    }
    return next;
  }

  /** What the library turns into the handler's Timer (recorded from the real host). */
  #timerInfo(isPastDue: boolean): object {
    const status = this.#status && {
      Last: this.#status.last.toISOString(),
      Next: this.#status.next.toISOString(),
      LastUpdated: this.#status.last.toISOString(),
    };
    return { Schedule: { AdjustForDST: true }, ScheduleStatus: status ?? null, IsPastDue: isPastDue };
  }
}

/** `MM/dd/yyyy HH:mm:ss`, UTC. */
function dotnetTime(date: Date): string {
  const [, year = '', month = '', day = '', time = ''] =
    /^(\d+)-(\d+)-(\d+)T(\d+:\d+:\d+)/u.exec(date.toISOString()) ?? [];
  return `${month}/${day}/${year} ${time}`;
}
