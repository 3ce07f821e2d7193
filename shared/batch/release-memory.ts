import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/**
 * Frees what a mini-batch leaves behind: Polars' columns go only with a garbage collection and a turn of the event
 * loop after it, and V8 sees only their small handles (measured: 3.6 GB without, 1.0 GB with it).
 */
export async function releaseMemory(): Promise<void> {
  collect ??= garbageCollector();
  collect();
  await setImmediate();
}

/** The `gc` function, without asking for a flag on the command line. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('gc');
  if (!isCollector(gc)) throw new Error('V8 offers no gc function');
  return gc;
}

function isCollector(value: unknown): value is () => void {
  return typeof value === 'function';
}
