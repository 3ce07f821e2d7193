import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { app, type Timer } from '@azure/functions';
import { registeredFunctions, type RegisteredFunction } from '../../../local/functions-core';
import { type InvocationRequest, invokeFunction } from '../../../local/invocation';
import { createLog } from '../../../local/log';
import { startTimerTrigger } from '../../../local/triggers/timer-trigger';
import { type Trigger } from '../../../local/triggers/trigger';
import { recordings } from '../support/recordings';
import { temporaryFolder } from '../support/temporary-folder';

const seen: Timer[] = [];
const requests: InvocationRequest[] = [];
let running = 0;
let mostRunning = 0;
let work: () => Promise<void> = () => Promise.resolve();

beforeAll(() => {
  const handler = async (timer: Timer): Promise<void> => {
    mostRunning = Math.max(mostRunning, ++running);
    seen.push(timer);
    await work().finally(() => running--);
  };
  app.timer('often', { schedule: '*/5 * * * * *', handler });
  app.timer('hourly', { schedule: '%HOURLY%', handler });
  app.timer('unwatched', { schedule: '0 0 * * * *', useMonitor: false, handler });
  app.timer('atOnce', { schedule: '0 0 0 1 1 *', runOnStartup: true, handler });
});

let folder: string;
let triggers: Trigger[] = [];
const lines: string[] = [];

beforeEach(() => {
  jest.useFakeTimers({ now: new Date('2026-11-21T01:31:58.500Z') });
  folder = temporaryFolder();
  for (const list of [seen, requests, triggers, lines]) list.length = 0;
  mostRunning = 0;
  work = () => Promise.resolve();
});

afterEach(async () => {
  await Promise.all(triggers.map((trigger) => trigger.stop()));
  triggers = [];
  jest.useRealTimers();
});

function start(name: string): Trigger {
  const fn = registeredFunctions.get(name) as RegisteredFunction;
  const trigger = startTimerTrigger({
    fn,
    folder,
    environment: { HOURLY: '0 0 * * * *' },
    log: createLog('debug', (line) => lines.push(line)),
    invoke: (functionName, request) => {
      requests.push(request);
      return invokeFunction(functionName, request);
    },
  });
  triggers.push(trigger);
  return trigger;
}

describe('startTimerTrigger', () => {
  test('a timer fires at its times, with the data that the real host sends', async () => {
    start('often');
    await jest.advanceTimersByTimeAsync(11_500);
    const recorded = recordings('invocations-rpc-timer.json')?.['tick'];
    if (!recorded) return;
    const sent = recorded.map(({ request }) => ({
      data: { json: request.inputData[0]?.data.json },
      triggerMetadata: { TimerTrigger: { string: request.triggerMetadata['TimerTrigger']?.string } },
    }));
    expect(requests).toEqual(sent);
    expect(seen[0]).toEqual({ isPastDue: false, schedule: { adjustForDST: true }, scheduleStatus: null });
  });

  test('runs never overlap; what falls due during one is left out', async () => {
    work = () => new Promise((resolve) => setTimeout(resolve, 12_000));
    start('often');
    await jest.advanceTimersByTimeAsync(40_000);
    expect(mostRunning).toBe(1);
    expect(seen).toHaveLength(3);
    const stopped = triggers[0]?.stop(); // waits for the run that is under way
    await jest.advanceTimersByTimeAsync(12_000);
    await stopped;
    expect(running).toBe(0);
  });

  test('a failing run is logged and the timer goes on', async () => {
    work = () => Promise.reject(new Error('tick broke'));
    start('often');
    await jest.advanceTimersByTimeAsync(7_000);
    expect(seen).toHaveLength(2);
    expect(lines.filter((line) => line.includes('often failed: Error: tick broke'))).toHaveLength(2);
  });

  test('after a downtime over a due time a timer runs at once, past due, and tells when it last ran', async () => {
    await start('hourly').stop();
    await jest.advanceTimersByTimeAsync(3_600_000);
    start('hourly');
    await jest.advanceTimersByTimeAsync(0);
    expect(seen).toEqual([]);
    await jest.advanceTimersByTimeAsync(3_600_000);
    expect(seen).toHaveLength(1);
    await triggers.at(-1)?.stop();

    await jest.advanceTimersByTimeAsync(2 * 3_600_000);
    start('hourly');
    await jest.advanceTimersByTimeAsync(0);
    expect(seen.at(-1)).toEqual({
      isPastDue: true,
      schedule: { adjustForDST: true },
      scheduleStatus: {
        last: '2026-11-21T03:00:00.000Z',
        next: '2026-11-21T04:00:00.000Z',
        lastUpdated: '2026-11-21T03:00:00.000Z',
      },
    });
    expect(JSON.parse(readFileSync(join(folder, 'hourly.json'), 'utf8'))).toMatchObject({
      next: '2026-11-21T06:00:00.000Z',
    });
  });

  test('a timer without monitor is never past due', async () => {
    writeFileSync(join(folder, 'unwatched.json'), JSON.stringify({ last: '2020-01-01', next: '2020-01-01' }));
    start('unwatched');
    await jest.advanceTimersByTimeAsync(0);
    expect(seen).toEqual([]);
  });

  test('runOnStartup runs at once; waits of more than 24 days are bridged', async () => {
    start('atOnce');
    await jest.advanceTimersByTimeAsync(0);
    expect(seen.map(({ isPastDue }) => isPastDue)).toEqual([false]);
    await jest.advanceTimersByTimeAsync(40 * 24 * 3_600_000);
    expect(seen).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(2 * 24 * 3_600_000);
    expect(seen).toHaveLength(2);
  });

  test('a schedule in a setting that is missing is an error that names it', () => {
    const fn = registeredFunctions.get('hourly') as RegisteredFunction;
    const options = {
      fn,
      folder,
      environment: {},
      log: createLog('error', () => undefined),
      invoke: invokeFunction,
    };
    expect(() => startTimerTrigger(options)).toThrow(/HOURLY is not set/);
  });
});
