import { type LogHandler } from '@azure/functions';
import { format } from 'node:util';
import { type Log, type LogLevel } from './log';

const levels: Readonly<Record<string, LogLevel>> = {
  trace: 'debug',
  debug: 'debug',
  information: 'info',
  warning: 'warn',
  error: 'error',
  critical: 'error',
};

/** Where `context.log` and its kin of one function go. */
export function userLog(log: Log, functionName: string): LogHandler {
  return (level, ...args) => {
    log[levels[level] ?? 'info'](`${functionName}: ${format(...args)}`);
  };
}
