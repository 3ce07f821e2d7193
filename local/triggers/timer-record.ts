import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const record = z.object({ last: z.coerce.date(), next: z.coerce.date() });
/** When a timer last fired and when it is due next; kept on disk so that downtime shows. */
export type TimerRecord = z.infer<typeof record>;

/** The record of one function's timer; undefined if it never ran. */
export function readTimerRecord(folder: string, functionName: string): TimerRecord | undefined {
  const path = recordPath(folder, functionName);
  return existsSync(path) ? record.parse(JSON.parse(readFileSync(path, 'utf8'))) : undefined;
}

/** Replaces the record at once: a killed host leaves the old one or the new one. */
export function writeTimerRecord(folder: string, functionName: string, timer: TimerRecord): void {
  const path = recordPath(folder, functionName);
  writeFileSync(`${path}.new`, JSON.stringify(timer));
  renameSync(`${path}.new`, path);
}

function recordPath(folder: string, functionName: string): string {
  return join(folder, `${functionName}.json`);
}
