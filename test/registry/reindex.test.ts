import { ModelRegistry } from '../../shared/registry/model-registry';
import type { NewModel } from '../../shared/registry/new-model';
import { createAzureBlobStore } from '../../shared/storage/azure-blob-store';
import type { BlobStore } from '../../shared/storage/blob-store';
import { startTestAzurite, type TestAzurite } from '../support/azurite';
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
  container = `reindex-${containers}`;
  registry = new ModelRegistry(store, container, { refreshMs: 0 });
});

const linear = (name: string, weight: number, version = '1'): NewModel => ({
  ...{ name, version, onnx: linearModel([weight]) },
});

/** What somebody uploads by hand. */
async function upload(folder: string, manifest: unknown, onnx: Uint8Array = linearModel([1])): Promise<void> {
  const json = typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
  await store.put({ container, path: `${folder}/model.onnx` }, onnx);
  await store.put({ container, path: `${folder}/model.json` }, Buffer.from(json));
}

const manifest = (name: string, more: object = {}) => ({ name, version: '1', format: 'onnx', ...more });

describe('reindex', () => {
  test('an empty registry stays empty', async () => {
    const { catalog, problems } = await registry.reindex();
    expect([catalog.models.size, problems]).toEqual([0, []]);
  });

  test('a folder uploaded by hand is registered; the manifest may leave out what the file says', async () => {
    await upload('by-hand/1', manifest('by-hand', { tags: { origin: 'SEA' }, provenance: { by: 'me' } }));
    const { catalog, problems } = await registry.reindex();
    expect(problems).toEqual([]);
    const [version] = catalog.models.get('by-hand')?.versions ?? [];
    expect(version).toMatchObject({ sizeBytes: linearModel([1]).length, tags: { origin: 'SEA' } });
    expect(version?.signature.inputs).toHaveLength(1);
    expect((await registry.catalog()).revision).toBe(catalog.revision);
    if (version === undefined) throw new Error('not registered');
    expect(Buffer.from((await registry.fetch(version)).onnx)).toEqual(linearModel([1]));
    expect(await registry.manifests([version])).toMatchObject([{ provenance: { by: 'me' }, metrics: {} }]);
  });

  test('a catalog that was lost comes back from folders and packs', async () => {
    await registry.register(linear('a', 1));
    await registry.registerPack([linear('b', 2), linear('c', 3)]);
    const before = await registry.refresh();
    await store.delete({ container, path: 'catalog.json' });
    const { catalog, problems } = await registry.reindex();
    expect(problems).toEqual([]);
    expect(catalog.revision).toBe(before.revision);
  });

  test('nothing changed, nothing is written', async () => {
    await registry.register(linear('a', 1));
    const before = await store.properties({ container, path: 'catalog.json' });
    await registry.reindex();
    expect((await store.properties({ container, path: 'catalog.json' }))?.etag).toBe(before?.etag);
  });

  test('aliases and the order of versions stay; what is new comes last', async () => {
    for (const version of ['3', '1']) await registry.register(linear('a', 1, version));
    await registry.setAlias('a', 'champion', '3');
    await upload('a/2', manifest('a', { version: '2' }));
    const { catalog } = await registry.reindex();
    const model = catalog.models.get('a');
    expect(model?.versions.map(({ version }) => version)).toEqual(['3', '1', '2']);
    expect(model?.aliases).toEqual({ champion: '3' });
  });

  test('a version whose folder is gone is dropped with its aliases, and reported', async () => {
    await registry.register(linear('a', 1, '1'));
    await registry.register(linear('a', 2, '2'));
    await registry.setAlias('a', 'champion', '2');
    await store.delete({ container, path: 'a/2/model.json' });
    const { catalog, problems } = await registry.reindex();
    expect(catalog.models.get('a')).toMatchObject({ aliases: {}, versions: [{ version: '1' }] });
    expect(problems).toEqual([
      { path: 'a/2/model.json', problem: expect.stringContaining('is dropped') as string, violations: [] },
    ]);
  });

  test.each<[string, () => Promise<void>, RegExp, object[]]>([
    [
      'unknown keys',
      () => upload('bad/1', manifest('bad', { acuracy: 1, featureset: {} })),
      /bad\/1\/model.json has 2 problem/,
      [{ pointer: '/acuracy' }, { pointer: '/featureset' }],
    ],
    ['no JSON', () => upload('bad/1', '{'), /bad\/1\/model.json is not JSON/, []],
    [
      'another name',
      () => upload('bad/1', manifest('good')),
      /first at \/name: bad, as the files have it/,
      [{}],
    ],
    [
      'a digest of other bytes',
      () => upload('bad/1', manifest('bad', { digest: 'f'.repeat(64), sizeBytes: 3 })),
      /2 problem/,
      [{ pointer: '/digest' }, { pointer: '/sizeBytes', received: '3' }],
    ],
    [
      'a signature that is not the file’s',
      () => upload('bad/1', manifest('bad', { signature: { inputs: [], outputs: [] } })),
      /first at \/signature/,
      [{}],
    ],
    [
      'a broken model',
      () => upload('bad/1', manifest('bad'), Buffer.from('x')),
      /Model bad version 1: The ONNX/,
      [],
    ],
    [
      'a folder name that is no model name',
      () => upload('bad name/1', manifest('bad')),
      /Model bad name version 1: \/name/,
      [{ pointer: '/name' }],
    ],
    [
      'no model beside the manifest',
      async () => {
        await upload('bad/1', manifest('bad'));
        await store.delete({ container, path: 'bad/1/model.onnx' });
      },
      /Model bad version 1: model.onnx is gone/,
      [],
    ],
    [
      'a file that only calls itself a pack',
      async () => {
        await store.put({ container, path: 'packs/x.pack' }, Buffer.from('hello'));
      },
      /packs\/x.pack is not a pack/,
      [],
    ],
  ])(
    '%s: reported with the reason, and the rest is registered',
    async (_what, damage, problem, violations) => {
      await registry.register(linear('good', 1));
      await damage();
      const { catalog, problems } = await registry.reindex();
      expect([...catalog.models.keys()]).toEqual(['good']);
      expect(problems).toHaveLength(1);
      expect(problems[0]?.problem).toMatch(problem);
      expect(problems[0]?.violations).toMatchObject(violations);
    },
  );

  test('a version whose bytes were changed under it is dropped, and reported', async () => {
    await upload('a/1', manifest('a'), linearModel([1]));
    await registry.reindex();
    await upload('a/1', manifest('a'), linearModel([2]));
    const { catalog, problems } = await registry.reindex();
    expect(catalog.models.size).toBe(0);
    expect(problems.map(({ problem }) => problem)).toEqual([
      expect.stringContaining('is registered with digest'),
      expect.stringContaining('is dropped'),
    ]);
  });

  test('of a version in a pack and in a folder the registered one stays, the other is reported', async () => {
    await registry.registerPack([linear('a', 1)]);
    const other = new ModelRegistry(store, `${container}-other`);
    await other.registerPack([linear('a', 2)]);
    for await (const { path } of store.list(`${container}-other`, 'packs/')) {
      const pack = await store.get({ container: `${container}-other`, path });
      await store.put({ container, path }, pack?.bytes ?? Buffer.alloc(0));
    }
    const { catalog, problems } = await registry.reindex();
    const [version] = catalog.models.get('a')?.versions ?? [];
    expect(version?.digest).toBe((await registry.refresh()).models.get('a')?.versions[0]?.digest);
    expect(problems).toMatchObject([{ problem: expect.stringContaining('with other bytes') as string }]);
  });

  test('a fault of storage drops nothing', async () => {
    await registry.register(linear('a', 1));
    const connectionString = azurite.connectionString.replace(/127\.0\.0\.1:\d+/, '127.0.0.1:1');
    const gone = createAzureBlobStore({ connectionString, maxTries: 1 });
    const mixed: BlobStore = { ...bound(store), getRange: gone.getRange.bind(gone), get: failingManifests() };
    await expect(new ModelRegistry(mixed, container).reindex()).rejects.toMatchObject({
      code: 'storage-unavailable',
    });
    expect((await registry.refresh()).models.size).toBe(1);

    function failingManifests(): BlobStore['get'] {
      return (ref) => (ref.path.endsWith('model.json') ? gone.get(ref) : store.get(ref));
    }
  });
});

/** The store's methods as members of a plain object. */
function bound(target: BlobStore): BlobStore {
  return {
    properties: target.properties.bind(target),
    get: target.get.bind(target),
    getRange: target.getRange.bind(target),
    stream: target.stream.bind(target),
    put: target.put.bind(target),
    delete: target.delete.bind(target),
    list: target.list.bind(target),
    stageBlock: target.stageBlock.bind(target),
    stagedBlocks: target.stagedBlocks.bind(target),
    commitBlocks: target.commitBlocks.bind(target),
    ensureContainer: target.ensureContainer.bind(target),
  };
}
