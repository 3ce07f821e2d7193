import { parseArgs } from 'node:util';
import { z } from 'zod';
import { errorCode } from './error-code';
import { type HostOptions } from './host-options';
import { errorText, LOG_LEVELS, type LogLevel } from './log';
import { StartError } from './start-error';
import { type Environment } from './storage-clients';

export const USAGE = `Usage: npm start -- [options]      (node dist/local/main.js start [options])

Runs the built functions on this machine, with Azurite beside them unless storage is configured.

  --port <n>          port to listen on, 0 for any free one   (POLYSCORE_PORT, default 7071)
  --data <folder>     where everything is kept                (POLYSCORE_DATA, default .polyscore)
  --host-json <file>  the Functions host's settings           (default host.json)
  --help              this text

More settings: docs/guides/local-host.md`;

/** What a command line asks for. */
export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'usage'; readonly problem: string }
  | { readonly kind: 'start'; readonly options: Omit<HostOptions, 'log'>; readonly logLevel: LogLevel };

/** Parses the arguments after the script's name; settings that no option names come from the environment. */
export function parseCommand(args: readonly string[], environment: Environment): Command {
  const parsed = parse(args);
  if (typeof parsed === 'string') return { kind: 'usage', problem: parsed };
  const { values, positionals } = parsed;
  if (values.help === true) return { kind: 'help' };
  const [command = 'start', ...rest] = positionals;
  if (command !== 'start') return { kind: 'usage', problem: `Unknown command "${command}"` };
  if (rest.length > 0) return { kind: 'usage', problem: `Unknown argument "${rest.join(' ')}"` };
  const settings = readSettings({
    ...environment,
    ...(values.port !== undefined && { POLYSCORE_PORT: values.port }),
    ...(values.data !== undefined && { POLYSCORE_DATA: values.data }),
  });
  const options = {
    dataFolder: settings.POLYSCORE_DATA,
    hostname: settings.POLYSCORE_HOST,
    port: settings.POLYSCORE_PORT,
    httpMode: settings.POLYSCORE_HTTP_MODE,
    bodyLimitBytes: settings.FUNCTIONS_REQUEST_BODY_SIZE_LIMIT,
    pollMs: settings.POLYSCORE_POLL_MS,
    ...(values['host-json'] !== undefined && { hostJson: values['host-json'] }),
    ...(settings.POLYSCORE_STORAGE !== undefined && { storage: settings.POLYSCORE_STORAGE }),
    ...(settings.POLYSCORE_FUNCTION_KEYS !== undefined && { functionKeys: settings.POLYSCORE_FUNCTION_KEYS }),
  };
  return { kind: 'start', options, logLevel: settings.POLYSCORE_LOG };
}

type Values = { port?: string; data?: string; 'host-json'?: string; help?: boolean };

function parse(args: readonly string[]): { values: Values; positionals: string[] } | string {
  const text = { type: 'string' } as const;
  const options = {
    port: text,
    data: text,
    'host-json': text,
    help: { type: 'boolean', short: 'h' },
  } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    if (errorCode(error)?.startsWith('ERR_PARSE_ARGS') === true) return errorText(error);
    throw error;
  }
}

/** A whole number written in decimal. */
const whole = (from: number, to: number): z.ZodType<number, string> =>
  z
    .string()
    .regex(/^\d+$/u, `expected a whole number from ${from} to ${to}`)
    .transform(Number)
    .refine((value) => value >= from && value <= to, `expected a whole number from ${from} to ${to}`);

const settings = z.object({
  POLYSCORE_PORT: whole(0, 65_535).prefault('7071'),
  POLYSCORE_HOST: z.string().default('127.0.0.1'),
  POLYSCORE_DATA: z.string().default('.polyscore'),
  POLYSCORE_STORAGE: z.string().optional(),
  POLYSCORE_HTTP_MODE: z.enum(['light', 'library']).default('light'),
  POLYSCORE_FUNCTION_KEYS: z.string().optional(),
  POLYSCORE_LOG: z.enum(LOG_LEVELS).default('info'),
  POLYSCORE_POLL_MS: whole(10, 3_600_000).prefault('250'),
  FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: whole(1, 2 ** 31).prefault('104857600'),
});

/** Empty settings count as not set. Throws StartError that lists every bad one. */
function readSettings(environment: Environment): z.infer<typeof settings> {
  const given = Object.entries(environment).filter(([, value]) => value !== '');
  const parsed = settings.safeParse(Object.fromEntries(given));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => {
    const name = String(path[0]);
    return `${name}: ${message}, got "${environment[name] ?? ''}"`;
  });
  throw new StartError(problems.join('; '));
}
