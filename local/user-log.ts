import { format } from 'node:util';
import { type Log, type LogLevel } from './log';

/** The library's log levels by the host's. */
const levels: Readonly<Record<string, LogLevel>> = {
  trace: 'debug',
  debug: 'debug',
  information: 'info',
  warning: 'warn',
  error: 'error',
  critical: 'error',
};

/** Where `context.log` and its kin of one function go. */
export function userLog(log: Log, functionName: string): (level: string, ...args: unknown[]) => void {
  return (level, ...args) => {
    log[levels[level] ?? 'info'](`${functionName}: ${format(...args)}`);
  };
}
