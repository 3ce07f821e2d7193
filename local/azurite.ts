import { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { azuriteListening, type AzuriteAddresses, spawnAzurite } from './azurite-process';
import { errorCode } from './error-code';
import { isRunning } from './process-probe';
import { StartError } from './start-error';

/** The account that Azurite is born with; its key is public. */
const ACCOUNT = 'devstoreaccount1';
const ACCOUNT_KEY =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';
const START_LIMIT_MS = 30_000;
/** A former Azurite on the folder gets this long to write its metadata and go. */
const FORMER_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 20_000;

export interface Azurite {
  readonly connectionString: string;
  readonly pid: number;
  /** Resolves when the process has gone without `stop`. */
  readonly ended: Promise<void>;
  /** Ends the process after it has written everything; resolves when it is gone. A second call does nothing. */
  stop(): Promise<void>;
}

/**
 * Starts Azurite over a folder (made if missing) as a process of its own on free ports; it ends with this
 * process, however that ends. A former one that still writes into the folder is waited for. Throws StartError
 * where the folder stays in use, Error where Azurite fails.
 */
export async function startAzurite(folder: string, startLimitMs = START_LIMIT_MS): Promise<Azurite> {
  const location = resolve(folder);
  mkdirSync(location, { recursive: true });
  const pidFile = join(location, 'azurite.pid');
  await formerGone(location, pidFile);

  const child = spawnAzurite(location);
  const gone = once(child, 'exit');
  const pid = child.pid ?? 0;
  writeFileSync(pidFile, String(pid));
  try {
    const addresses = await azuriteListening(child, startLimitMs);
    let stopping: Promise<void> | undefined;
    const stop = (): Promise<void> => (stopping ??= end(child, gone, pidFile));
    const ended = gone.then(() => (stopping ? new Promise<never>(() => undefined) : undefined));
    return { connectionString: connectionString(addresses), pid, ended, stop };
  } catch (error) {
    await end(child, gone, pidFile);
    throw error;
  }
}

async function end(child: ChildProcess, gone: Promise<unknown>, pidFile: string): Promise<void> {
  if (child.connected) child.disconnect();
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  if (child.exitCode === null && child.signalCode === null) await gone;
  clearTimeout(timer);
  rmSync(pidFile, { force: true });
}

async function formerGone(location: string, pidFile: string): Promise<void> {
  const deadline = Date.now() + FORMER_LIMIT_MS;
  for (;;) {
    const former = readPid(pidFile);
    if (former === undefined || !isRunning(former, location)) return;
    if (Date.now() > deadline)
      throw new StartError(
        `Process ${former}, an Azurite of another host, still uses ${location}; stop that host, or choose another folder with --data or POLYSCORE_DATA`,
      );
    await delay(20);
  }
}

function readPid(pidFile: string): number | undefined {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function connectionString({ blob, queue }: AzuriteAddresses): string {
  return [
    'DefaultEndpointsProtocol=http',
    `AccountName=${ACCOUNT}`,
    `AccountKey=${ACCOUNT_KEY}`,
    `BlobEndpoint=${blob}/${ACCOUNT}`,
    `QueueEndpoint=${queue}/${ACCOUNT}`,
  ].join(';');
}
