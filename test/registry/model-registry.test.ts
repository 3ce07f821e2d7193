import type { ModelVersion } from '../../shared/registry/catalog';
import { ModelRegistry } from '../../shared/registry/model-registry';
import type { NewModel } from '../../shared/registry/new-model';
import { createAzureBlobStore } from '../../shared/storage/azure-blob-store';
import type { BlobStore } from '../../shared/storage/blob-store';
import { startTestAzurite, type TestAzurite } from '../support/azurite';
import { countingStore } from '../support/counting-store';
import { buildOnnx, identityModel, linearModel } from '../support/onnx-builder';

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

async function versionOf(name: string, version = '1'): Promise<ModelVersion> {
  const found = (await registry.refresh()).models.get(name)?.versions.find((v) => v.version === version);
  if (found === undefined) throw new Error(`${name} ${version} is not in the catalog`);
  return found;
}

async function paths(): Promise<string[]> {
  const found: string[] = [];
  for await (const blob of store.list(container)) found.push(blob.path);
  return found;
}

describe('register', () => {
  test('an empty registry has an empty catalog', async () => {
    expect((await registry.catalog()).models.size).toBe(0);
  });

  test('a registered model has a folder, a catalog entry and its bytes back', async () => {
    const model = linear('delay', 2, { tags: { origin: 'SEA' }, metrics: { mae: 1.5 }, description: 'text' });
    const version = await registry.register(model);
    expect(await paths()).toEqual(['catalog.json', 'delay/1/model.json', 'delay/1/model.onnx']);
    expect(version).toMatchObject({
      ...{ model: 'delay', version: '1', location: { kind: 'folder', prefix: 'delay/1' } },
      ...{ sizeBytes: model.onnx.byteLength, tags: { origin: 'SEA' }, metrics: { mae: 1.5 } },
      signature: { inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 1] }] },
    });
    expect(await versionOf('delay')).toEqual(version);
    const files = await registry.fetch(version);
    expect(Buffer.from(files.onnx).equals(model.onnx)).toBe(true);
    expect(files.onnx.buffer.byteLength).toBe(files.onnx.byteLength);
    expect(await registry.manifests([version])).toMatchObject([
      { description: 'text', digest: version.digest },
    ]);
  });

  test('the same model again is the version that is there; its revision does not change', async () => {
    const first = await registry.register(linear('delay', 2));
    const { revision } = await registry.refresh();
    expect(await registry.register(linear('delay', 2))).toEqual(first);
    expect((await registry.refresh()).revision).toBe(revision);
  });

  test('a version never takes other bytes', async () => {
    await registry.register(linear('delay', 2));
    await expect(registry.register(linear('delay', 3))).rejects.toMatchObject(conflict);
    await expect(registry.registerPack([linear('delay', 3)])).rejects.toMatchObject(conflict);
    expect(Buffer.from((await registry.fetch(await versionOf('delay'))).onnx)).toEqual(linearModel([2]));
  });

  test('versions keep the order of their registration', async () => {
    for (const version of ['2', '10', '1']) await registry.register(linear('delay', 2, { version }));
    const versions = (await registry.refresh()).models.get('delay')?.versions;
    expect(versions?.map(({ version }) => version)).toEqual(['2', '10', '1']);
  });

  test('ten registries that register at once lose nothing', async () => {
    const writers = Array.from({ length: 10 }, () => new ModelRegistry(store, container));
    await Promise.all(writers.map((writer, index) => writer.register(linear(`model-${index}`, index))));
    expect((await registry.refresh()).models.size).toBe(10);
  });

  test('weights in side files come with the model, and count in its digest', async () => {
    const onnx = externalModel();
    const model = (fill: number): NewModel => ({
      ...{ name: 'large', version: String(fill), onnx },
      externalData: { 'weights.bin': new Uint8Array(4).fill(fill) },
    });
    const one = await registry.register(model(1));
    const two = await registry.register(model(2));
    expect(one.digest).not.toBe(two.digest);
    expect(one.sizeBytes).toBe(onnx.length + 4);
    const files = await registry.fetch(two);
    expect(files.externalData['weights.bin']).toEqual(new Uint8Array([2, 2, 2, 2]));
    expect([...(await registry.fetchMany([one, two])).keys()].sort()).toEqual(
      [one.digest, two.digest].sort(),
    );
  });
});

describe('models that cannot be served', () => {
  const featureSet = {
    input: 'x',
    columns: [{ name: 'distance', type: 'number' as const }],
    features: [{ kind: 'number' as const, column: 'distance', offset: 0, scale: 1 }],
  };

  test.each<[string, Partial<NewModel>, RegExp]>([
    ['no ONNX', { onnx: Buffer.from('hello') }, /Model m version 1: The ONNX file is not valid at byte/],
    [
      'types that cannot be fed',
      { onnx: identityModel({ elemType: 'BF16' }) },
      /The input "x" is tensor\(bfloat16\), which cannot be sent; The output "y"/,
    ],
    [
      'no output',
      { onnx: buildOnnx({ inputs: [], outputs: [], nodes: [] }) },
      /No output is a tensor of a type that is served/,
    ],
    [
      'an opset that the runtime does not know',
      {
        onnx: buildOnnx({ inputs: [], outputs: [{ name: 'y', shape: [1] }], nodes: [], opsets: { '': 99 } }),
      },
      /Opset 99 of ai.onnx is newer than 26/,
    ],
    ['a side file missing', { onnx: externalModel() }, /\/externalData\/weights.bin: expected the side file/],
    ['a side file unasked for', { externalData: { 'a.bin': new Uint8Array(1) } }, /names none such/],
    ['a name that is none', { name: 'a/b' }, /\/name/],
    ['a version that is none', { version: '' }, /\/version/],
    ['a metric that is no number', { metrics: { mae: NaN } }, /\/metrics\/mae/],
    [
      'a feature set of another width',
      { onnx: linearModel([1, 2]), featureSet },
      /expected FP32 \[rows, 1\] named x.*x: FP32 \[-1, 2\]/,
    ],
    [
      'a feature set without an input',
      { onnx: buildOnnx({ inputs: [], outputs: [{ name: 'y', shape: [1] }], nodes: [] }), featureSet },
      /there is no input/,
    ],
    [
      'a feature set for an input of unknown rank and other type',
      { onnx: identityModel({ elemType: 'FP64', shape: undefined }), featureSet },
      /x: FP64 \[any rank\]/,
    ],
  ])('%s: refused with the reason, and nothing is written', async (_what, change, message) => {
    const model = { ...linear('m', 1), ...change };
    await expect(registry.register(model)).rejects.toMatchObject({ code: 'invalid-model' });
    await expect(registry.registerPack([linear('good', 1), model])).rejects.toThrow(message);
    expect(await paths()).toEqual([]);
  });
});

describe('registerPack', () => {
  test('three hundred models are one pack, one catalog and a few requests', async () => {
    const counted = countingStore(store);
    const writer = new ModelRegistry(counted.store, container);
    const versions = await writer.registerPack(routes(300));
    expect(versions.map(({ model }) => model)).toEqual(routes(300).map(({ name }) => name));
    expect(await paths()).toEqual(['catalog.json', expect.stringMatching(/^packs\/.*\.pack$/)]);
    expect(Object.fromEntries(counted.calls)).toEqual({ get: 2, put: 2 });
  });

  test('all of them are read with one request, each under its digest', async () => {
    const versions = await registry.registerPack(routes(300));
    const counted = countingStore(store);
    const files = await new ModelRegistry(counted.store, container).fetchMany(versions);
    expect(files.size).toBe(300);
    expect(Object.fromEntries(counted.calls)).toEqual({ getRange: 1 });
    for (const [index, version] of versions.entries()) {
      const onnx = files.get(version.digest)?.onnx ?? new Uint8Array();
      expect(Buffer.from(onnx).equals(linearModel([index]))).toBe(true);
      expect(onnx.buffer.byteLength).toBe(onnx.byteLength);
    }
  });

  test('one of them is read alone, with its manifest', async () => {
    const [version] = await registry.registerPack(
      routes(3).map((model) => ({ ...model, provenance: { code: 'abc' } })),
    );
    if (version === undefined) throw new Error('nothing was registered');
    expect(Buffer.from((await registry.fetch(version)).onnx)).toEqual(linearModel([0]));
    expect(await registry.manifests([version])).toMatchObject([
      { name: 'route-0', provenance: { code: 'abc' } },
    ]);
  });

  test('registering them again writes nothing; a new one among them is added', async () => {
    const first = await registry.registerPack(routes(3));
    const before = await paths();
    expect(await registry.registerPack(routes(3))).toEqual(first);
    expect(await paths()).toEqual(before);
    expect(await registry.registerPack(routes(4))).toHaveLength(4);
    expect((await registry.refresh()).models.size).toBe(4);
  });

  test('models with side files get folders beside the pack', async () => {
    const large = {
      name: 'large',
      version: '1',
      onnx: externalModel(),
      externalData: { 'weights.bin': new Uint8Array(4) },
    };
    const versions = await registry.registerPack([large, linear('small', 1)]);
    expect(versions.map(({ location }) => location.kind)).toEqual(['folder', 'pack']);
    expect((await registry.fetchMany(versions)).size).toBe(2);
  });
});

function externalModel(): Buffer {
  return buildOnnx({
    inputs: [],
    outputs: [{ name: 'w', shape: [1] }],
    nodes: [],
    initializers: [{ name: 'w', dims: [1], external: { location: 'weights.bin' } }],
  });
}
