import { types } from 'node:util';

/** Levels in order of weight. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Where the host tells what happens: one line per event. Payloads never go here. */
export interface Log {
  readonly level: LogLevel;
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** A log that passes lines at or above `level` to `write`, each with its time (UTC) and level. */
export function createLog(level: LogLevel, write: (line: string, level: LogLevel) => void): Log {
  const lowest = LOG_LEVELS.indexOf(level);
  const at = (own: LogLevel) => (message: string) => {
    if (LOG_LEVELS.indexOf(own) < lowest) return;
    const oneLine = message.replaceAll(/\s*\n\s*/g, ' | ');
    write(`${new Date().toISOString()} ${own.padEnd(5)} ${oneLine}`, own);
  };
  return { level, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** The console: warnings and errors on stderr, the rest on stdout. */
export function consoleLog(level: LogLevel): Log {
  return createLog(level, (line, own) => {
    const stream = own === 'warn' || own === 'error' ? process.stderr : process.stdout;
    stream.write(`${line}\n`);
  });
}

/** What a log line shows of something thrown: the stack of an Error, else its text. */
export function describeError(thrown: unknown): string {
  return types.isNativeError(thrown) ? (thrown.stack ?? thrown.message) : String(thrown);
}

/** The one sentence of something thrown. */
export function errorText(thrown: unknown): string {
  return types.isNativeError(thrown) ? thrown.message : String(thrown);
}
