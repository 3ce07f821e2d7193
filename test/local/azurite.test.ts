import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { type Azurite, startAzurite } from '../../local/azurite';
import { spawnAzurite } from '../../local/azurite-process';
import { isRunning } from '../../local/process-probe';
import { until } from './support/until';
import { temporaryFolder } from './support/temporary-folder';

const folder = (): string => temporaryFolder();
const running: Azurite[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((azurite) => azurite.stop()));
});

async function start(location: string): Promise<Azurite> {
  const azurite = await startAzurite(location);
  running.push(azurite);
  return azurite;
}

describe('startAzurite', () => {
  test('blobs and queues written just before stop are there at the next start', async () => {
    const location = folder();
    const first = await start(location);
    const container = BlobServiceClient.fromConnectionString(first.connectionString).getContainerClient(
      'kept',
    );
    await container.create();
    await container.getBlockBlobClient('a/b').upload('bytes', 5);
    await QueueServiceClient.fromConnectionString(first.connectionString).createQueue('kept-queue');
    await Promise.all([first.stop(), first.stop()]);
    expect(isRunning(first.pid, location)).toBe(false);

    const second = await start(location);
    const again = BlobServiceClient.fromConnectionString(second.connectionString).getContainerClient('kept');
    expect((await again.getBlobClient('a/b').downloadToBuffer()).toString()).toBe('bytes');
    expect(
      await QueueServiceClient.fromConnectionString(second.connectionString)
        .getQueueClient('kept-queue')
        .exists(),
    ).toBe(true);
  });

  test('a start waits until the former Azurite on the folder has written and gone', async () => {
    const location = folder();
    const first = await start(location);
    const container = BlobServiceClient.fromConnectionString(first.connectionString).getContainerClient(
      'kept',
    );
    await container.create();
    const stopping = first.stop();
    const second = await start(location);
    await stopping;
    expect(
      await BlobServiceClient.fromConnectionString(second.connectionString)
        .getContainerClient('kept')
        .exists(),
    ).toBe(true);
  });

  test('a file that names another program stops no start', async () => {
    const location = folder();
    writeFileSync(join(location, 'azurite.pid'), String(process.pid));
    await start(location);
    writeFileSync(join(folder(), 'azurite.pid'), 'nonsense');
  });

  test('ended resolves when Azurite goes by itself, and not for a stop', async () => {
    const azurite = await start(folder());
    process.kill(azurite.pid, 'SIGKILL');
    await azurite.ended;
    const other = await start(folder());
    await other.stop();
    const first = await Promise.race([other.ended.then(() => 'ended'), Promise.resolve('not yet')]);
    expect(first).toBe('not yet');
  });

  test('a folder that Azurite cannot use is an error with what it printed', async () => {
    const location = folder();
    writeFileSync(join(location, '__azurite_db_blob__.json'), '{broken');
    await expect(startAzurite(location, 3_000)).rejects.toThrow(/Azurite (ended at once|did not start)/);
  });
});

describe('spawnAzurite', () => {
  test('Azurite ends gracefully when its parent is killed', async () => {
    const location = folder();
    const script = `
      const { spawnAzurite } = require(${JSON.stringify(join(__dirname, 'support/spawn-azurite.cjs'))});
      const child = spawnAzurite(${JSON.stringify(spawnArguments(location))});
      child.stdout.on('data', (data) => { if (String(data).includes('Table service is successfully')) console.log(child.pid); });
    `;
    const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [chunk] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(String(chunk));
    expect(isRunning(pid, location)).toBe(true);
    parent.kill('SIGKILL');
    await until(() => !isRunning(pid, location));
  });
});

/** The command line that spawnAzurite uses, read off a real one. */
function spawnArguments(location: string): string[] {
  const child = spawnAzurite(location);
  child.kill('SIGKILL');
  return child.spawnargs.slice(1);
}
