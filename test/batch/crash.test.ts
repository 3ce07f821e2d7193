import { createAzureBlobStore } from '../../shared/storage/azure-blob-store';
import { CONTAINERS, type BlobRef, type BlobStore } from '../../shared/storage/blob-store';
import { startTestAzurite, type TestAzurite } from '../support/azurite';
import { ENDPOINT, flights, JobFixture, toCsv, toParquet } from './job-fixture';

class Killed extends Error {}

/** A store whose process dies before or after its n-th write; from then on nothing works any more. */
function mortalStore(
  store: BlobStore,
  dieAt: number,
  when: 'before' | 'after',
  onWrite: () => Promise<void>,
): BlobStore {
  let writes = 0;
  let isDead = false;
  const write = async <T>(run: () => Promise<T>): Promise<T> => {
    writes += 1;
    const isLast = writes === dieAt;
    if (isDead || (isLast && when === 'before')) isDead = true;
    if (isDead) throw new Killed();
    const result = await run();
    await onWrite();
    if (isLast) {
      isDead = true;
      throw new Killed();
    }
    return result;
  };
  return {
    properties: (ref) => store.properties(ref),
    get: (ref) => store.get(ref),
    getRange: (ref, start, end, conditions) => store.getRange(ref, start, end, conditions),
    stream: (ref, range, conditions) => store.stream(ref, range, conditions),
    list: (container, prefix) => store.list(container, prefix),
    stagedBlocks: (ref) => store.stagedBlocks(ref),
    ensureContainer: (container) => store.ensureContainer(container),
    put: (ref, bytes, options) => write(() => store.put(ref, bytes, options)),
    delete: (ref) => write(() => store.delete(ref)),
    stageBlock: (ref, id, bytes) => write(() => store.stageBlock(ref, id, bytes)),
    commitBlocks: (ref, ids, options) => write(() => store.commitBlocks(ref, ids, options)),
  };
}

describe.each([
  ['parquet', toParquet([flights(100), flights(150)]), { miniBatchRows: 150 }, ['before', 'after']],
  ['csv', toCsv(flights(200)), { miniBatchRows: 100 }, ['after']],
] as const)('a %s job that is killed', (extension, bytes, settings, moments) => {
  const path = `delay/input.${extension}`;
  const request = { input: { container: CONTAINERS.inbox, path }, settings };
  let azurite: TestAzurite;
  let store: BlobStore;
  let undisturbed: ReadonlyMap<string, Buffer>;
  let writes = 0;

  beforeAll(async () => {
    azurite = await startTestAzurite();
    store = createAzureBlobStore({ connectionString: azurite.connectionString });
    const fixture = new JobFixture(store);
    await fixture.setUp({ ...ENDPOINT });
    await fixture.upload(path, bytes);
    await fixture.close();
    await runUntilKilled(Infinity, 'after', () => {
      writes += 1;
      return Promise.resolve();
    });
    undisturbed = await publishedFiles();
  });

  afterAll(() => azurite.stop());

  async function runUntilKilled(
    dieAt: number,
    when: 'before' | 'after',
    onWrite: () => Promise<void>,
  ): Promise<void> {
    const fixture = new JobFixture(mortalStore(store, dieAt, when, onWrite));
    try {
      const end = await fixture.run(request);
      expect(end.state).toBe('completed');
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    } finally {
      await fixture.close();
    }
  }

  async function publishedFiles(): Promise<Map<string, Buffer>> {
    const files = new Map<string, Buffer>();
    for await (const { path: file } of store.list(CONTAINERS.predictions)) {
      const blob = await store.get({ container: CONTAINERS.predictions, path: file });
      if (blob) files.set(file, blob.bytes);
    }
    return files;
  }

  /** As if the job had never been: blocks that were staged and not committed are dropped too. */
  async function forget(): Promise<void> {
    for (const file of undisturbed.keys()) await drop({ container: CONTAINERS.predictions, path: file });
    for await (const { path: file } of store.list(CONTAINERS.ledger)) {
      await store.delete({ container: CONTAINERS.ledger, path: file });
    }
  }

  async function drop(ref: BlobRef): Promise<void> {
    await store.commitBlocks(ref, []);
    await store.delete(ref);
  }

  test('at any write, before or after it, ends with the output of an undisturbed run, and no reader sees a part of it', async () => {
    expect([...undisturbed.keys()].map((file) => file.split('/').at(-1))).toEqual([
      '_SUCCESS',
      'manifest.json',
      `predictions.${extension}`,
      'rejects.csv',
    ]);
    expect(writes).toBeGreaterThanOrEqual(15); // catalog, job, plan; two parts of each mini-batch and its line; six to publish
    const seen = new Set<string>();
    const requireWhole = async (): Promise<void> => {
      for await (const { path: file, etag } of store.list(CONTAINERS.predictions)) {
        if (seen.has(etag)) continue;
        seen.add(etag);
        const blob = await store.get({ container: CONTAINERS.predictions, path: file });
        expect(blob?.bytes).toEqual(undisturbed.get(file));
      }
    };
    for (let dieAt = 1; dieAt <= writes; dieAt++) {
      for (const when of moments) {
        await forget();
        await runUntilKilled(dieAt, when, requireWhole);
        await requireWhole();
        await runUntilKilled(Infinity, 'after', requireWhole);
        expect(await publishedFiles()).toEqual(undisturbed);
      }
    }
  }, 300_000);

  test('twice, at different writes, ends with the same output too', async () => {
    for (let dieAt = 3; dieAt <= writes; dieAt += 4) {
      await forget();
      await runUntilKilled(dieAt, 'after', () => Promise.resolve());
      await runUntilKilled(Math.ceil(dieAt / 2), 'before', () => Promise.resolve());
      await runUntilKilled(Infinity, 'after', () => Promise.resolve());
      expect(await publishedFiles()).toEqual(undisturbed);
    }
  }, 300_000);
});
