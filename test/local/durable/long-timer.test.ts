import * as df from 'durable-functions';
import { EventType } from '../../../local/durable/history-event';
import { systemClock, type HubClock } from '../../../local/durable/hub-clock';
import { timestampOf } from '../../../local/durable/timestamp';
import { closeHubs, openHub, until, resultOf } from './hub-harness';

const DAY_MS = 86_400_000;

df.app.orchestration('sleeps', function* (context) {
  const { days } = context.df.getInput<{ days: number }>();
  yield context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + days * DAY_MS));
  return context.df.currentUtcDateTime.toISOString();
});
df.app.orchestration('cancels', function* (context) {
  const timer = context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + 8 * DAY_MS));
  const winner = yield* resultOf<df.Task>(
    context.df.Task.any([timer, context.df.waitForExternalEvent('stop')]),
  );
  if (winner !== timer) timer.cancel();
  return 'stopped';
});

/** A clock that stands still until it is put forward. */
class StandingClock implements HubClock {
  #now = Date.UTC(2026, 0, 1);
  readonly #calls = new Map<() => void, number>();

  now(): number {
    return this.#now;
  }

  callAt(ms: number, callback: () => void): () => void {
    this.#calls.set(callback, ms);
    return () => this.#calls.delete(callback);
  }

  /** Moments that somebody waits for. */
  get waitedFor(): number[] {
    return [...this.#calls.values()];
  }

  forwardTo(ms: number): void {
    this.#now = ms;
    for (const [callback, at] of [...this.#calls]) {
      if (at > ms) continue;
      this.#calls.delete(callback);
      callback();
    }
  }
}

afterEach(closeHubs);

describe('a timer of a TaskHub', () => {
  test('that is longer than six days goes by in parts of three, over a restart too', async () => {
    const clock = new StandingClock();
    const begin = clock.now();
    let hub = openHub({ clock });
    const id = await hub.start('sleeps', { days: 14 });
    for (const part of [3, 6, 9]) {
      await until(() => clock.waitedFor.length === 1);
      await hub.close();
      expect(clock.waitedFor).toEqual([]);
      hub = openHub({ clock, folder: hub.options.folder });
      await until(() => clock.waitedFor.length === 1);
      clock.forwardTo(begin + part * (DAY_MS + 60_000));
    }
    await until(() => clock.waitedFor.length === 1);
    clock.forwardTo(begin + 14 * DAY_MS + 1000);
    const status = await hub.waitFor(id);
    expect(Date.parse(String(status.output))).toBeGreaterThanOrEqual(begin + 14 * DAY_MS);
    const fireTimes = (await hub.history(id)).flatMap((event) =>
      event.EventType === EventType.TimerCreated
        ? [Math.round((Date.parse(event.FireAt) - begin) / DAY_MS)]
        : [],
    );
    expect(fireTimes).toEqual([3, 6, 9, 14]);
  });

  test('that is cancelled keeps nothing open and is waited for no more', async () => {
    const clock = new StandingClock();
    const hub = openHub({ clock });
    const id = await hub.start('cancels', {});
    await until(() => clock.waitedFor.length === 1);
    await hub.raiseEvent(id, 'stop', null);
    expect((await hub.waitFor(id)).output).toBe('stopped');
    expect(clock.waitedFor).toEqual([]);
  });

  test('that is due already fires at once', async () => {
    const hub = openHub();
    expect((await hub.waitFor(await hub.start('sleeps', { days: -1 }))).runtimeStatus).toBe('Completed');
  });
});

describe('systemClock', () => {
  test('calls back once the moment has come, never before, and not when cancelled', async () => {
    const due = systemClock.now() + 20;
    const calledAt = await new Promise<number>((resolve) => {
      systemClock.callAt(due, () => {
        resolve(systemClock.now());
      });
      systemClock.callAt(due - 10, () => {
        throw new Error('cancelled');
      })();
    });
    expect(calledAt).toBeGreaterThanOrEqual(due);
    expect(timestampOf(calledAt) >= timestampOf(due)).toBe(true);
  });
});
