import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { until } from './until';
import { temporaryFolder } from './temporary-folder';

const root = resolve(__dirname, '../../..');
/** The build under test; `npm test` makes it. */
const build = join(root, process.env['POLYSCORE_TEST_BUILD'] ?? 'dist');

export interface App {
  readonly folder: string;
  /** Where its host keeps everything. */
  readonly data: string;
}

/** A folder like a checkout of the project, with the built local host and the given function file. */
export function createApp(
  functions: string,
  hostJson: object | string = { version: '2.0', extensions: { http: { routePrefix: '' } } },
): App {
  if (!existsSync(join(build, 'local/main.js')))
    throw new Error(`No build at ${build}: run npm run build first`);
  const folder = temporaryFolder();
  cpSync(join(build, 'local'), join(folder, 'dist/local'), { recursive: true });
  mkdirSync(join(folder, 'dist/functions'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ main: 'dist/functions/*.js' }));
  writeFileSync(
    join(folder, 'host.json'),
    typeof hostJson === 'string' ? hostJson : JSON.stringify(hostJson),
  );
  writeFileSync(join(folder, 'dist/functions/app.js'), functions);
  return { folder, data: join(folder, '.polyscore') };
}

export interface HostProcess {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** The exit status, or the name of the signal that ended it. */
  readonly exit: Promise<number | string>;
  /** The host's URL, once it runs. Rejects when it ends before that. */
  url(): Promise<string>;
}

/** Runs `main.js` in the app's folder. */
export function runMain(
  app: App,
  args: readonly string[] = ['start', '--port', '0'],
  environment: Record<string, string> = {},
): HostProcess {
  const child = spawn(process.execPath, [join(app.folder, 'dist/local/main.js'), ...args], {
    cwd: app.folder,
    env: { PATH: process.env['PATH'] ?? '', TMPDIR: tmpdir(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const exit = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  let hasEnded = false;
  void exit.then(() => (hasEnded = true));
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    exit,
    url: async () => {
      await until(() => hasEnded || stdout.includes('Ctrl-C stops it'));
      const url = /^Polyscore on (\S+)$/m.exec(stdout)?.[1];
      if (url === undefined) throw new Error(`The host ended: ${stdout}${stderr}`);
      return url;
    },
  };
}
