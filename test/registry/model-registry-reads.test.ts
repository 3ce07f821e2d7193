import { ModelRegistry } from '../../shared/registry/model-registry';
import type { NewModel } from '../../shared/registry/new-model';
import { createAzureBlobStore } from '../../shared/storage/azure-blob-store';
import type { BlobStore } from '../../shared/storage/blob-store';
import { startTestAzurite, type TestAzurite } from '../support/azurite';
import { countingStore } from '../support/counting-store';
import { linearModel } from '../support/onnx-builder';

let azurite: TestAzurite;
let store: BlobStore;
let container: string;
let registry: ModelRegistry;
let containers = 0;

beforeAll(async () => {
  azurite = await startTestAzurite();
  store = createAzureBlobStore({ connectionString: azurite.connectionString });
});
afterAll(() => azurite.stop());
beforeEach(() => {
  containers += 1;
  container = `registry-${containers}`;
  registry = new ModelRegistry(store, container, { refreshMs: 0 });
});

const linear = (name: string, weight: number, more: Partial<NewModel> = {}): NewModel => ({
  name,
  version: '1',
  onnx: linearModel([weight]),
  ...more,
});
const routes = (count: number): NewModel[] =>
  Array.from({ length: count }, (_, index) =>
    linear(`route-${index}`, index, { tags: { route: String(index) } }),
  );
const conflict = { code: 'etag-conflict' };

async function paths(): Promise<string[]> {
  const found: string[] = [];
  for await (const blob of store.list(container)) found.push(blob.path);
  return found;
}

describe('bytes that are gone or corrupt', () => {
  test('a changed byte in a pack is invalid-model, naming model and version, and leaves the others alone', async () => {
    const versions = await registry.registerPack(routes(3));
    const [, middle] = versions;
    if (middle?.location.kind !== 'pack') throw new Error('not in a pack');
    const ref = { container, path: middle.location.pack };
    const bytes = (await store.get(ref))?.bytes ?? Buffer.alloc(0);
    bytes.writeUInt8(0xff, middle.location.end - 3);
    await store.put(ref, bytes);
    await expect(registry.fetch(middle)).rejects.toMatchObject({
      code: 'invalid-model',
      message: expect.stringContaining(
        'Model route-1 version 1: its bytes are not those registered',
      ) as string,
    });
    const files = await registry.fetchMany(versions);
    expect(files.size).toBe(2);
    expect(files.has(middle.digest)).toBe(false);
  });

  test.each(['pack', 'folder'])(
    'a %s that was deleted is invalid-model, naming model and version',
    async (kind) => {
      const version =
        kind === 'folder'
          ? await registry.register(linear('a', 1))
          : (await registry.registerPack([linear('a', 1)]))[0];
      for (const path of await paths()) if (path !== 'catalog.json') await store.delete({ container, path });
      if (version === undefined) throw new Error('nothing was registered');
      await expect(registry.fetch(version)).rejects.toMatchObject({
        code: 'invalid-model',
        message: expect.stringMatching(/Model a version 1: .* is gone/) as string,
      });
      expect((await registry.fetchMany([version])).size).toBe(0);
      expect(await registry.manifests([version])).toEqual([undefined]);
    },
  );

  test('a folder with something else in model.onnx is invalid-model', async () => {
    const version = await registry.register(linear('a', 1));
    await store.put({ container, path: 'a/1/model.onnx' }, Buffer.from('nonsense'));
    await expect(registry.fetch(version)).rejects.toThrow(/Model a version 1: The ONNX file is not valid/);
  });

  test('storage that does not answer is not taken for a broken model', async () => {
    const versions = await registry.registerPack([linear('a', 1)]);
    const connectionString = azurite.connectionString.replace(/127\.0\.0\.1:\d+/, '127.0.0.1:1');
    const gone = new ModelRegistry(createAzureBlobStore({ connectionString, maxTries: 1 }), container);
    for (const read of [gone.fetchMany(versions), gone.manifests(versions), gone.catalog()]) {
      await expect(read).rejects.toMatchObject({ code: 'storage-unavailable' });
    }
  });
});

describe('setAlias', () => {
  beforeEach(async () => {
    await registry.register(linear('delay', 1, { version: '1' }));
    await registry.register(linear('delay', 2, { version: '2' }));
  });
  const aliases = async () => (await registry.refresh()).models.get('delay')?.aliases;

  test('points an alias, and moves it', async () => {
    await registry.setAlias('delay', 'champion', '1');
    await registry.setAlias('delay', 'champion', '2');
    expect(await aliases()).toEqual({ champion: '2' });
  });

  test('moves only from where it is expected', async () => {
    await registry.setAlias('delay', 'champion', '1', { expected: null });
    await expect(registry.setAlias('delay', 'champion', '2', { expected: null })).rejects.toMatchObject(
      conflict,
    );
    await expect(registry.setAlias('delay', 'champion', '2', { expected: '2' })).rejects.toMatchObject(
      conflict,
    );
    await registry.setAlias('delay', 'champion', '2', { expected: '1' });
    expect(await aliases()).toEqual({ champion: '2' });
  });

  test('does not point to what is not registered, nor under a name that is none', async () => {
    await expect(registry.setAlias('delay', 'champion', '9')).rejects.toMatchObject({
      code: 'model-not-found',
    });
    await expect(registry.setAlias('nope', 'champion', '1')).rejects.toMatchObject({
      code: 'model-not-found',
    });
    await expect(registry.setAlias('delay', 'a/b', '1')).rejects.toMatchObject({ code: 'invalid-parameter' });
    expect(await aliases()).toEqual({});
  });
});

describe('the catalog in memory', () => {
  test('is read once until it is old, then only its etag is looked at, and read again when that changed', async () => {
    await registry.register(linear('a', 1));
    let now = 0;
    const { store: counted, calls } = countingStore(store);
    const reader = new ModelRegistry(counted, container, { now: () => now, refreshMs: 1_000 });
    await Promise.all([reader.catalog(), reader.catalog()]);
    now = 999;
    await reader.catalog();
    expect(Object.fromEntries(calls)).toEqual({ get: 1 });

    now = 1_000;
    const before = await reader.catalog();
    expect(Object.fromEntries(calls)).toEqual({ get: 1, properties: 1 });

    await registry.register(linear('b', 1));
    now = 2_000;
    const after = await reader.catalog();
    expect(Object.fromEntries(calls)).toEqual({ get: 2, properties: 2 });
    expect([before.models.size, after.models.size]).toEqual([1, 2]);
  });

  test('serves on while storage does not answer', async () => {
    await registry.register(linear('a', 1));
    const other = await startTestAzurite();
    let now = 0;
    const connectionString = other.connectionString;
    const reading = createAzureBlobStore({ connectionString, maxTries: 1 });
    const reader = new ModelRegistry(reading, container, { now: () => now, refreshMs: 1_000 });
    await reader.register(linear('kept', 1));
    await other.stop();
    now = 5_000;
    expect((await reader.catalog()).models.has('kept')).toBe(true);
  });

  test('a catalog that is not valid is said to be so', async () => {
    await store.put({ container, path: 'catalog.json' }, Buffer.from('{}'));
    await expect(registry.catalog()).rejects.toMatchObject({ code: 'invalid-document' });
  });
});
