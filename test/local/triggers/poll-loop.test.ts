import { createLog } from '../../../local/log';
import { startPollLoop } from '../../../local/triggers/poll-loop';
import { until } from '../support/until';

describe('startPollLoop', () => {
  test('a streak of failures is logged once, its end too, and turns go on', async () => {
    const lines: string[] = [];
    let turns = 0;
    const turn = (): Promise<void> =>
      ++turns < 4 ? Promise.reject(new Error('no answer')) : Promise.resolve();
    const loop = startPollLoop(
      'Polling',
      1,
      turn,
      createLog('info', (line) => lines.push(line)),
    );
    await until(() => turns > 5);
    await loop.stop();
    expect(lines.map((line) => line.slice(25))).toEqual([
      'warn  Polling: no answer; trying on',
      'info  Polling: storage answers again',
    ]);
  });

  test('stop ends the pause at once and waits for a turn that runs', async () => {
    let isRunning = false;
    let open = (): void => undefined;
    const loop = startPollLoop(
      'Polling',
      3_600_000,
      async () => {
        isRunning = true;
        await new Promise<void>((resolve) => (open = resolve));
        isRunning = false;
      },
      createLog('info', () => undefined),
    );
    await until(() => isRunning);
    const stopped = loop.stop();
    open();
    await stopped;
    expect(isRunning).toBe(false);
  });

  test('a turn that fails because of the stop is no failure', async () => {
    const lines: string[] = [];
    let hasBegun = false;
    const turn = (signal: AbortSignal): Promise<void> =>
      new Promise((_resolve, reject) => {
        hasBegun = true;
        signal.addEventListener('abort', () => {
          reject(new Error('aborted'));
        });
      });
    const loop = startPollLoop(
      'Polling',
      1,
      turn,
      createLog('info', (line) => lines.push(line)),
    );
    await until(() => hasBegun);
    await loop.stop();
    expect(lines).toEqual([]);
  });
});
