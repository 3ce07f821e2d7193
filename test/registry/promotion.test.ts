import type { Gate } from '../../shared/registry/gate';
import { ModelRegistry } from '../../shared/registry/model-registry';
import type { NewModel } from '../../shared/registry/new-model';
import { promote } from '../../shared/registry/promotion';
import { createAzureBlobStore } from '../../shared/storage/azure-blob-store';
import type { BlobStore } from '../../shared/storage/blob-store';
import { startTestAzurite, type TestAzurite } from '../support/azurite';
import { buildOnnx, linearModel } from '../support/onnx-builder';

let azurite: TestAzurite;
let store: BlobStore;
let candidates: ModelRegistry;
let production: ModelRegistry;
let from: string;
let to: string;
let rounds = 0;

beforeAll(async () => {
  azurite = await startTestAzurite();
  store = createAzureBlobStore({ connectionString: azurite.connectionString });
});
afterAll(() => azurite.stop());
beforeEach(() => {
  rounds += 1;
  from = `candidates-${rounds}`;
  to = `models-${rounds}`;
  candidates = new ModelRegistry(store, from, { refreshMs: 0 });
  production = new ModelRegistry(store, to, { refreshMs: 0 });
});

const gate: Gate = [{ metric: 'rmse', comparison: 'below', against: { metric: 'baselineRmse' } }];
const model = (name: string, version: string, rmse: number, weight = Number(version)): NewModel => ({
  ...{ name, version, onnx: linearModel([weight]), metrics: { rmse, baselineRmse: 20 } },
  ...{ tags: { route: name }, description: `route ${name}`, provenance: { trainedOn: 'flights' } },
});

async function paths(container: string): Promise<string[]> {
  const found: string[] = [];
  for await (const blob of store.list(container)) found.push(blob.path);
  return found;
}
const inProduction = async (name: string) => (await production.refresh()).models.get(name);

describe('promote', () => {
  test('copies what passes as one pack and lists what does not, with the reason', async () => {
    await candidates.registerPack([model('a', '1', 15), model('b', '1', 25), model('c', '1', 19)]);
    expect(await promote(candidates, production, { gate })).toEqual({
      promoted: [
        { model: 'a', version: '1' },
        { model: 'c', version: '1' },
      ],
      rejected: [{ model: 'b', version: '1', reason: 'rmse 25 is not below baselineRmse 20' }],
      unchanged: [],
    });
    expect(await paths(to)).toEqual(['catalog.json', expect.stringMatching(/^packs\//)]);
    const promoted = await inProduction('a');
    expect(promoted?.aliases).toEqual({ champion: '1' });
    const [version] = promoted?.versions ?? [];
    if (version === undefined) throw new Error('not promoted');
    expect(version).toMatchObject({ tags: { route: 'a' }, metrics: { rmse: 15 } });
    expect(Buffer.from((await production.fetch(version)).onnx)).toEqual(linearModel([1]));
    expect(await production.manifests([version])).toMatchObject([
      { description: 'route a', provenance: { trainedOn: 'flights' } },
    ]);
  });

  test('again, it promotes nothing new and writes nothing', async () => {
    await candidates.registerPack([model('a', '1', 15), model('b', '1', 25)]);
    await promote(candidates, production, { gate });
    const before = await store.properties({ container: to, path: 'catalog.json' });
    expect(await promote(candidates, production, { gate })).toMatchObject({
      promoted: [],
      rejected: [{ model: 'b' }],
      unchanged: [{ model: 'a', version: '1' }],
    });
    expect(await store.properties({ container: to, path: 'catalog.json' })).toEqual(before);
  });

  test('a better version becomes champion, and the one before stays as previous', async () => {
    for (const version of ['1', '2', '3']) {
      await candidates.register(model('a', version, 15));
      await promote(candidates, production, { gate });
    }
    const promoted = await inProduction('a');
    expect(promoted?.aliases).toEqual({ champion: '3', previous: '2' });
    expect(promoted?.versions.map(({ version }) => version)).toEqual(['1', '2', '3']);
  });

  test('a rollback by hand is not undone by promoting the same candidates again', async () => {
    for (const version of ['1', '2']) {
      await candidates.register(model('a', version, 15));
      await promote(candidates, production, { gate });
    }
    await production.setAlias('a', 'champion', '1', { expected: '2' });
    expect((await promote(candidates, production, { gate })).unchanged).toEqual([
      { model: 'a', version: '2' },
    ]);
    expect((await inProduction('a'))?.aliases['champion']).toBe('1');
  });

  test('only the models named, in the version named', async () => {
    await candidates.registerPack([model('a', '1', 15), model('a', '2', 15), model('b', '1', 15)]);
    await candidates.setAlias('a', 'chosen', '1');
    const promotion = await promote(candidates, production, {
      gate,
      models: ['a', 'nope'],
      version: { alias: 'chosen' },
    });
    expect(promotion).toMatchObject({
      promoted: [{ model: 'a', version: '1' }],
      rejected: [{ model: 'nope', version: undefined, reason: 'there is no such candidate' }],
    });
    expect([...(await production.refresh()).models.keys()]).toEqual(['a']);
  });

  test('a version that production has with other bytes is rejected', async () => {
    await candidates.register(model('a', '1', 15, 1));
    await production.register(model('a', '1', 15, 2));
    expect((await promote(candidates, production, { gate })).rejected).toEqual([
      { model: 'a', version: '1', reason: 'production has this version with other bytes' },
    ]);
  });

  test('candidates whose bytes or manifest are gone are rejected and keep no other back', async () => {
    await candidates.register(model('a', '1', 15));
    await candidates.register(model('b', '2', 15));
    await candidates.register(model('c', '3', 15));
    await store.put({ container: from, path: 'a/1/model.onnx' }, linearModel([9]));
    await store.put({ container: from, path: 'b/2/model.json' }, Buffer.from('{}'));
    const { promoted, rejected } = await promote(candidates, production, { gate });
    expect(promoted).toEqual([{ model: 'c', version: '3' }]);
    expect(rejected).toMatchObject([
      { model: 'a', reason: expect.stringContaining('not those registered') as string },
      { model: 'b', reason: 'its manifest is gone or not valid' },
    ]);
  });

  test('weights in side files are promoted with their model', async () => {
    const onnx = buildOnnx({
      inputs: [],
      outputs: [{ name: 'w', shape: [1] }],
      nodes: [],
      initializers: [{ name: 'w', dims: [1], external: { location: 'weights.bin' } }],
    });
    const externalData = { 'weights.bin': new Uint8Array([1, 2, 3, 4]) };
    await candidates.register({ ...model('large', '1', 15), onnx, externalData });
    await promote(candidates, production, { gate });
    const [version] = (await inProduction('large'))?.versions ?? [];
    if (version === undefined) throw new Error('not promoted');
    expect((await production.fetch(version)).externalData).toEqual(externalData);
    expect((await inProduction('large'))?.aliases).toEqual({ champion: '1' });
  });

  test('two promotions at once end as one', async () => {
    await candidates.registerPack([model('a', '1', 15), model('b', '1', 15)]);
    const other = new ModelRegistry(store, to);
    await Promise.all([promote(candidates, production, { gate }), promote(candidates, other, { gate })]);
    expect(await inProduction('a')).toMatchObject({
      versions: [{ version: '1' }],
      aliases: { champion: '1' },
    });
    expect((await inProduction('a'))?.aliases).not.toHaveProperty('previous');
  });
});
