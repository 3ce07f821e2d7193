import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

const root = resolve(__dirname, '../../..');
/** The build under test; `npm test` makes it. */
const main = resolve(root, process.env['POLYSCORE_TEST_BUILD'] ?? 'dist', 'local/main.js');
const START_LIMIT_MS = 60_000;
const MOST_OUTPUT = 20_000;

/** The built host in a process of its own, as `npm start` runs it. */
export interface HostProcess {
  readonly url: string;
  readonly pid: number;
  /** The last of what it printed. */
  output(): string;
  /** SIGKILL, at once; {@link HostProcess.gone} tells when the process has ended. */
  kill(): void;
  /** Resolves with its exit status or the signal that ended it. */
  readonly gone: Promise<number | string>;
  /** SIGTERM; resolves when the process has ended. */
  stop(): Promise<void>;
}

export interface HostOptions {
  readonly dataFolder: string;
  readonly connectionString: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts the built host on a free port and waits until it serves. Throws Error with what it printed where it does not. */
export async function startHost({
  dataFolder,
  connectionString,
  environment = {},
}: HostOptions): Promise<HostProcess> {
  if (!existsSync(main)) throw new Error(`There is no ${main}: run npm run build first`);
  const child = spawn(process.execPath, [main, 'start', '--port', '0', '--data', dataFolder], {
    cwd: root,
    env: {
      PATH: process.env['PATH'] ?? '',
      POLYSCORE_STORAGE: connectionString,
      POLYSCORE_POLL_MS: '50',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const gone = once(child, 'exit').then(([code, signal]) => {
    process.off('exit', kill);
    return (code ?? signal) as number | string;
  });
  let printed = '';
  const url = await new Promise<string>((found, fail) => {
    const timer = setTimeout(() => {
      kill();
      fail(new Error(`The host did not start within ${START_LIMIT_MS} ms: ${printed}`));
    }, START_LIMIT_MS);
    void gone.then((status) => {
      clearTimeout(timer);
      fail(new Error(`The host ended with ${status}: ${printed}`));
    });
    const read = (chunk: Buffer): void => {
      printed = (printed + chunk.toString()).slice(-MOST_OUTPUT);
      const [, address] = /^Polyscore on (http:\S+)/m.exec(printed) ?? [];
      if (address === undefined || !printed.includes('Ctrl-C stops it')) return;
      clearTimeout(timer);
      found(address);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await gone;
  };
  return { url, pid: child.pid ?? 0, output: () => printed, kill, gone, stop };
}
