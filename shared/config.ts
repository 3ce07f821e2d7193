import os from 'node:os';
import { ServingError, type Violation } from './errors';

const MIB = 1024 * 1024;

type Environment = Readonly<Record<string, string | undefined>>;

interface Setting<T> {
  /** The environment variable. Names with `__` follow the Functions host's connection settings. */
  readonly name: string;
  readonly parse: (text: string) => T;
  readonly fallback: T;
  /** What the value must be, for error texts and the reference page. */
  readonly expected: string;
  readonly sentence: string;
  /** Never printed. */
  readonly isSecret?: boolean;
}

/** Every setting that shared/ and functions/ read. docs/reference/settings.md is tested against this table. */
export const SETTINGS = {
  storageConnectionString: text(
    'PolyscoreStorage',
    'Connection string of the data account; Azurite only. The blob trigger uses the same name.',
    true,
  ),
  storageBlobServiceUri: url(
    'PolyscoreStorage__blobServiceUri',
    'Blob service of the data account, used with a managed identity.',
  ),
  storageClientId: text(
    'PolyscoreStorage__clientId',
    'Client id of the user-assigned identity for the data account.',
  ),
  modelsConnectionString: text(
    'PolyscoreModels',
    'Connection string of the production registry; default: the data account.',
    true,
  ),
  modelsBlobServiceUri: url(
    'PolyscoreModels__blobServiceUri',
    'Blob service of the production registry; default: the data account.',
  ),
  modelsClientId: text(
    'PolyscoreModels__clientId',
    'Client id of the user-assigned identity for the production registry.',
  ),
  sessionBudgetBytes: mebibytes(
    'POLYSCORE_SESSION_BUDGET_MIB',
    256,
    'Memory for loaded models of online scoring, MiB.',
  ),
  workerSessionBudgetBytes: mebibytes(
    'POLYSCORE_WORKER_SESSION_BUDGET_MIB',
    160,
    'Memory for loaded models of each batch worker thread, MiB.',
  ),
  workers: integer(
    'POLYSCORE_WORKERS',
    1,
    64,
    Math.min(4, Math.max(1, os.availableParallelism() - 1)),
    'Worker threads for batch scoring and slow models; by default one core is left to the event loop.',
  ),
  hasKernels: flag(
    'POLYSCORE_KERNELS',
    true,
    'Linear models run as compiled kernels; false: every model runs in onnxruntime.',
  ),
  refreshMs: integer(
    'POLYSCORE_REFRESH_MS',
    0,
    3_600_000,
    2_000,
    'How long a read catalog or endpoint document is trusted before its etag is checked, ms.',
  ),
  requestBodyBytes: mebibytes('POLYSCORE_REQUEST_BODY_MIB', 16, 'Largest body of a scoring request, MiB.'),
  requestRows: integer('POLYSCORE_REQUEST_ROWS', 1, 1_000_000, 10_000, 'Most rows in one scoring request.'),
  requestDeadlineMs: integer(
    'POLYSCORE_REQUEST_DEADLINE_MS',
    100,
    230_000,
    30_000,
    'Online scoring answers within this time or with 503 or 504, ms.',
  ),
  region: text('POLYSCORE_REGION', 'Name of the region this instance runs in, told by discovery.'),
} as const;

type Settings = typeof SETTINGS;
/** The parsed settings, frozen. Read once by the composition root. */
export type Config = Readonly<{ [K in keyof Settings]: Settings[K]['fallback'] }>;

/** The Functions host's own account, which stands in where no data account is named. */
const HOST_ACCOUNT = 'AzureWebJobsStorage';

/** The name under which the environment holds the data account: the app's own, else the Functions host's. */
export function storageConnectionName(environment: Environment): 'PolyscoreStorage' | typeof HOST_ACCOUNT {
  const own = [SETTINGS.storageConnectionString, SETTINGS.storageBlobServiceUri].map(({ name }) => name);
  const names = own.some((name) => Boolean(environment[name]));
  return names || !Object.keys(environment).some((name) => name.startsWith(HOST_ACCOUNT))
    ? 'PolyscoreStorage'
    : HOST_ACCOUNT;
}

/** Reads all settings; throws one ServingError that lists every bad one. */
export function readConfig(environment: Environment): Config {
  const violations: Violation[] = [];
  const account = storageConnectionName(environment);
  const entries = Object.entries(SETTINGS).map(([key, setting]) => {
    const raw = environment[setting.name.replace('PolyscoreStorage', account)];
    if (raw === undefined || raw === '') return [key, setting.fallback];
    try {
      return [key, (setting as Setting<unknown>).parse(raw)];
    } catch {
      const received = 'isSecret' in setting && setting.isSecret ? '(secret)' : raw;
      violations.push({ pointer: setting.name, expected: setting.expected, received });
      return [key, setting.fallback];
    }
  });
  if (violations.length > 0) {
    const list = violations.map(
      ({ pointer, expected, received }) => `${pointer}: expected ${expected}, got "${received}"`,
    );
    throw new ServingError('misconfigured', `Bad settings: ${list.join('; ')}`, { violations });
  }
  return Object.freeze(Object.fromEntries(entries) as Config);
}

function text(name: string, sentence: string, isSecret = false): Setting<string | undefined> {
  return { name, parse: (raw) => raw, fallback: undefined, expected: 'text', sentence, isSecret };
}

function url(name: string, sentence: string): Setting<string | undefined> {
  const parse = (raw: string): string => {
    const { protocol, href } = new URL(raw);
    if (protocol !== 'https:' && protocol !== 'http:') throw new Error('not http');
    return href;
  };
  return { name, parse, fallback: undefined, expected: 'an http(s) URL', sentence };
}

function integer(
  name: string,
  min: number,
  max: number,
  fallback: number,
  sentence: string,
): Setting<number> {
  const parse = (raw: string): number => {
    const value = Number(raw);
    if (!Number.isInteger(value) || value < min || value > max) throw new Error('out of range');
    return value;
  };
  return { name, parse, fallback, expected: `a whole number from ${min} to ${max}`, sentence };
}

function flag(name: string, fallback: boolean, sentence: string): Setting<boolean> {
  const parse = (raw: string): boolean => {
    if (raw !== 'true' && raw !== 'false') throw new Error('neither true nor false');
    return raw === 'true';
  };
  return { name, parse, fallback, expected: 'true or false', sentence };
}

function mebibytes(name: string, fallbackMib: number, sentence: string): Setting<number> {
  const whole = integer(name, 1, 1_048_576, fallbackMib, sentence);
  return { ...whole, parse: (raw) => whole.parse(raw) * MIB, fallback: fallbackMib * MIB };
}
