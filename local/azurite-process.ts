import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Runs inside the Azurite process. Its channel to the host closes when the host stops or is killed, even with
 * SIGKILL; Azurite then ends itself gracefully, which writes the metadata that it keeps in memory for up to
 * five seconds. Its output goes nowhere once the host is gone, which must not end it before that.
 */
const endWithHost = `
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
`;

export interface AzuriteAddresses {
  readonly blob: string;
  readonly queue: string;
}

/**
 * Spawns Azurite on free ports over a folder. In a process group of its own, so that Ctrl-C on a terminal
 * reaches only the host, which stops Azurite last.
 */
export function spawnAzurite(folder: string): ChildProcess {
  const entry = require.resolve('azurite/dist/src/azurite.js');
  const preload = `data:text/javascript,${encodeURIComponent(endWithHost)}`;
  const ports = ['blob', 'queue', 'table'].flatMap((service) => [
    `--${service}Host`,
    '127.0.0.1',
    `--${service}Port`,
    '0',
  ]);
  const flags = ['--silent', '--loose', '--skipApiVersionCheck', '--disableTelemetry'];
  return spawn(process.execPath, ['--import', preload, entry, '--location', folder, ...flags, ...ports], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  });
}

/** Resolves once blobs and queues answer; rejects with what Azurite printed if it ends or takes over `limitMs`. */
export function azuriteListening(child: ChildProcess, limitMs: number): Promise<AzuriteAddresses> {
  return new Promise((resolve, reject) => {
    let printed = '';
    const timer = setTimeout(() => {
      reject(new Error(`Azurite did not start within ${limitMs} ms: ${printed}`));
    }, limitMs);
    const read = (chunk: Buffer): void => {
      printed += chunk.toString();
      const blob = /Blob service is successfully listening at (\S+)/.exec(printed)?.[1];
      const queue = /Queue service is successfully listening at (\S+)/.exec(printed)?.[1];
      if (blob === undefined || queue === undefined || !printed.includes('Table service is successfully'))
        return;
      clearTimeout(timer);
      resolve({ blob, queue });
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      reject(new Error(`Azurite ended at once (${signal ?? String(code)}): ${printed}`));
    });
  });
}
