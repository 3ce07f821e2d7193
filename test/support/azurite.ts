import { type ChildProcess, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';

/** The account that Azurite is born with; its key is public. */
const ACCOUNT = 'devstoreaccount1';
const ACCOUNT_KEY =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';
const START_LIMIT_MS = 30_000;

export interface TestAzurite {
  readonly connectionString: string;
  readonly blobUrl: string;
  readonly queueUrl: string;
  /** Ends the process; resolves when it is gone. Calling it again does nothing. */
  stop(): Promise<void>;
}

/** Starts a real Azurite in its own process, in memory, on free ports; resolves when blobs and queues answer. */
export async function startTestAzurite(): Promise<TestAzurite> {
  const entry = require.resolve('azurite/dist/src/azurite.js');
  const ports = ['blob', 'queue', 'table'].flatMap((service) => [
    `--${service}Host`,
    '127.0.0.1',
    `--${service}Port`,
    '0',
  ]);
  const flags = [
    '--silent',
    '--inMemoryPersistence',
    '--skipApiVersionCheck',
    '--disableTelemetry',
    ...ports,
  ];
  const child = spawn(process.execPath, [entry, ...flags], {
    cwd: tmpdir(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const killOnExit = (): void => void child.kill('SIGKILL');
  process.once('exit', killOnExit);

  const gone = new Promise<void>((resolve) =>
    child.once('exit', () => {
      resolve();
    }),
  );
  const stop = async (): Promise<void> => {
    process.off('exit', killOnExit);
    child.kill('SIGKILL');
    await gone;
  };
  try {
    const { blob, queue } = await listening(child);
    const blobUrl = `${blob}/${ACCOUNT}`;
    const queueUrl = `${queue}/${ACCOUNT}`;
    const connectionString = [
      'DefaultEndpointsProtocol=http',
      `AccountName=${ACCOUNT}`,
      `AccountKey=${ACCOUNT_KEY}`,
      `BlobEndpoint=${blobUrl}`,
      `QueueEndpoint=${queueUrl}`,
    ].join(';');
    return { connectionString, blobUrl, queueUrl, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Azurite prints each service's address once it listens. */
function listening(child: ChildProcess): Promise<{ blob: string; queue: string }> {
  return new Promise((resolve, reject) => {
    let printed = '';
    const timer = setTimeout(() => {
      reject(new Error(`Azurite did not start: ${printed}`));
    }, START_LIMIT_MS);
    const read = (chunk: Buffer): void => {
      printed += chunk.toString();
      const blob = /Blob service is successfully listening at (\S+)/.exec(printed)?.[1];
      const queue = /Queue service is successfully listening at (\S+)/.exec(printed)?.[1];
      if (blob === undefined || queue === undefined) return;
      clearTimeout(timer);
      resolve({ blob, queue });
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`Azurite ended with ${code}: ${printed}`));
    });
  });
}
