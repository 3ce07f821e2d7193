import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const KIB_PER_MIB = 1_024;

/** Most resident memory that a process has had, MiB; where the system does not keep it (no /proc), what it has now. */
export function readPeakRssMiB(pid: number): number {
  const status = `/proc/${pid}/status`;
  if (!existsSync('/proc/self/status')) {
    return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / KIB_PER_MIB;
  }
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8'))?.[1];
  if (peak === undefined) throw new Error(`${status} tells no VmHWM`);
  return Number(peak) / KIB_PER_MIB;
}
