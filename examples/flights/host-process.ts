import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { readPeakRssMiB } from './peak-memory';

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 20_000;

/** In the host's process: it stops when the demo is gone, however that ended. */
const endWithDemo = `process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));`;

/** The local host in a process of its own, as `npm start` runs it. */
export interface HostProcess {
  readonly url: string;
  readonly pid: number;
  /** Most resident memory that the host's process has had, MiB. */
  peakRssMiB(): number;
  /** Resolves with the last lines printed if the host ends by itself. */
  readonly ended: Promise<string>;
  /** Resolves when the process is gone. */
  stop(): Promise<void>;
}

export interface HostProcessOptions {
  readonly dataFolder: string;
  readonly connectionString: string;
}

/**
 * Starts the built host on a free port over a data folder and a storage account, and waits until it answers.
 * Throws Error with what it printed where it does not start.
 */
export async function startHostProcess(options: HostProcessOptions): Promise<HostProcess> {
  const child = spawnHost(options);
  let printed = '';
  const gone = once(child, 'exit');
  const url = new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      printed = (printed + chunk.toString()).slice(-20_000);
      const found = /^Polyscore on (http:\S+)/m.exec(printed)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    const timer = setTimeout(() => {
      reject(new Error(`The host did not start within ${START_LIMIT_MS / 1_000} s:\n${printed}`));
    }, START_LIMIT_MS);
    void gone.then(() => {
      reject(new Error(`The host did not start:\n${printed}`));
    });
    void gone.finally(() => {
      clearTimeout(timer);
    });
  });
  const pid = child.pid ?? 0;
  try {
    return {
      url: await url,
      pid,
      peakRssMiB: () => readPeakRssMiB(pid),
      ended: gone.then(() => printed.trim().split('\n').slice(-12).join('\n')),
      stop: () => stop(child, gone),
    };
  } catch (error) {
    await stop(child, gone);
    throw error;
  }
}

function spawnHost({ dataFolder, connectionString }: HostProcessOptions): ChildProcess {
  const main = path.resolve(__dirname, '../../local/main.js');
  if (!existsSync(main)) throw new Error(`${main} is missing; run npm run build first`);
  const preload = `data:text/javascript,${encodeURIComponent(endWithDemo)}`;
  const ours = {
    POLYSCORE_STORAGE: connectionString,
    PolyscoreModels: '',
    PolyscoreModels__blobServiceUri: '',
  };
  return spawn(process.execPath, ['--import', preload, main, 'start', '--port', '0', '--data', dataFolder], {
    cwd: path.resolve(__dirname, '../../..'),
    env: { ...process.env, ...ours },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true, // Ctrl-C reaches the demo, which stops the host before Azurite
  });
}

async function stop(child: ChildProcess, gone: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await gone;
  clearTimeout(timer);
}
