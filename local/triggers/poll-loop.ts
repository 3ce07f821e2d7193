import { setTimeout as delay } from 'node:timers/promises';
import { type Log, errorText } from '../log';

/** Longest pause between polls of a storage that does not answer, ms. */
const LONGEST_PAUSE_MS = 5_000;

export interface PollLoop {
  /** Resolves when the turn that runs has ended; none begins after this. */
  stop(): Promise<void>;
}

/**
 * Runs `turn` again and again with a pause between; the pause is at least as long as the turn took, so that a
 * slow listing never fills storage with polls. A turn that fails is logged once per streak and tried again
 * after growing pauses.
 */
export function startPollLoop(
  name: string,
  pauseMs: number,
  turn: (signal: AbortSignal) => Promise<void>,
  log: Log,
): PollLoop {
  const stopped = new AbortController();
  const isStopped = (): boolean => stopped.signal.aborted;
  const running = run();
  return {
    stop: () => {
      stopped.abort();
      return running;
    },
  };

  async function run(): Promise<void> {
    let failures = 0;
    while (!isStopped()) {
      const started = performance.now();
      try {
        await turn(stopped.signal);
        if (failures > 0) log.info(`${name}: storage answers again`);
        failures = 0;
      } catch (error) {
        if (isStopped()) return;
        failures++;
        if (failures === 1) log.warn(`${name}: ${errorText(error)}; trying on`);
      }
      const took = performance.now() - started;
      await pause(Math.max(took, Math.min(pauseMs * 2 ** failures, Math.max(pauseMs, LONGEST_PAUSE_MS))));
    }
  }

  async function pause(ms: number): Promise<void> {
    try {
      await delay(ms, undefined, { signal: stopped.signal });
    } catch (error) {
      if (!isStopped()) throw error;
    }
  }
}
