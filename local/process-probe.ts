import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { errorCode } from './error-code';

/**
 * True if process `pid` lives and its command line holds `mark`: a pid alone may meanwhile belong to another
 * program. Where command lines cannot be read (Windows), a living process counts.
 */
export function isRunning(pid: number, mark: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errorCode(error) === 'EPERM') return commandLine(pid).includes(mark);
    return false;
  }
  const line = commandLine(pid);
  return line === '' ? process.platform === 'win32' : line.includes(mark);
}

/** Empty where there is none: the process is gone or a zombie, or the system does not tell. */
function commandLine(pid: number): string {
  try {
    if (existsSync('/proc/self/cmdline'))
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return spawnSync('ps', ['-p', String(pid), '-o', 'args='], { encoding: 'utf8' }).stdout;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return '';
  }
}
