import { endpointSchema, type Selector } from '../../shared/endpoints/endpoint';
import { ModelIndex } from '../../shared/endpoints/model-index';
import { ModelIndexes } from '../../shared/endpoints/model-indexes';
import type { Catalog, CatalogModel, ModelVersion } from '../../shared/registry/catalog';

function versionOf(model: string, version: string, tags: Record<string, string>): ModelVersion {
  return {
    model,
    version,
    tags,
    location: { kind: 'folder', prefix: `${model}/${version}` },
    digest: `${model}-${version}`,
    sizeBytes: 100,
    signature: { inputs: [], outputs: [] },
    featureSet: undefined,
    metrics: {},
  };
}

function catalogOf(...models: CatalogModel[]): Catalog {
  return { revision: 'r1', models: new Map(models.map((model) => [model.name, model])) };
}

function model(
  name: string,
  tags: Record<string, string>,
  aliases: Record<string, string> = {},
): CatalogModel {
  return { name, versions: [versionOf(name, '1', tags), versionOf(name, '2', tags)], aliases };
}

function selectorOf(selector: unknown): Selector {
  const endpoint = endpointSchema.parse({ name: 'e', deployments: [{ name: 'd', selector }] });
  const [deployment] = endpoint.deployments;
  if (!deployment) throw new Error('no deployment');
  return deployment.selector;
}

const keysOf = (...pairs: [column: string, tag: string][]) => pairs.map(([column, tag]) => ({ column, tag }));
const routes = selectorOf({
  kind: 'keys',
  rules: [
    { where: { kind: 'route' }, keys: keysOf(['origin', 'from'], ['destination', 'to']) },
    { where: { kind: 'origin' }, keys: keysOf(['origin', 'from']) },
  ],
});
const catalog = catalogOf(
  model('jfk-lax', { kind: 'route', from: 'JFK', to: 'LAX' }),
  model('jfk', { kind: 'origin', from: 'JFK' }),
  model('other', { kind: 'route', from: 'JFK' }),
);

describe('ModelIndex', () => {
  test('the first rule that finds a model wins, the next is its fallback', () => {
    const index = new ModelIndex(catalog, routes);
    expect(index.resolve({ origin: 'JFK', destination: 'LAX' })?.model).toBe('jfk-lax');
    expect(index.resolve({ origin: 'JFK', destination: 'BOS' })?.model).toBe('jfk');
    expect(index.resolve({ origin: 'JFK', destination: undefined })?.model).toBe('jfk');
    expect(index.resolve({ origin: 'ZRH', destination: 'LAX' })).toBeUndefined();
    expect(index.resolve({})).toBeUndefined();
  });

  test('keys, required keys and models are those of all rules together', () => {
    const index = new ModelIndex(catalog, routes);
    expect(index.keyColumns).toEqual(['origin', 'destination']);
    expect(index.requiredKeys).toEqual(['origin']);
    expect(index.versions.map(({ model: name }) => name)).toEqual(['jfk-lax', 'jfk']);
    expect(index.modelCount).toBe(2);
    expect(index.noMatch).toBe('reject');
  });

  test('key values that hold separators are not mixed up', () => {
    const both = catalogOf(
      model('one', { kind: 'route', from: 'a,b', to: 'c' }),
      model('two', { kind: 'route', from: 'a', to: 'b,c' }),
      model('three', { kind: 'route', from: 'a","b', to: '' }),
    );
    const index = new ModelIndex(both, routes);
    const found = [
      { origin: 'a,b', destination: 'c' },
      { origin: 'a', destination: 'b,c' },
      { origin: 'a","b', destination: '' },
    ].map((keys) => index.resolve(keys)?.model);
    expect(found).toEqual(['one', 'two', 'three']);
  });

  test('the latest version is chosen, or the one that the selector’s alias names; models without it take no part', () => {
    const some = catalogOf(
      model('a', { kind: 'x', k: '1' }, { champion: '1' }),
      model('b', { kind: 'x', k: '2' }),
    );
    const rules = [{ keys: keysOf(['key', 'k']) }];
    const latest = new ModelIndex(some, selectorOf({ kind: 'keys', rules }));
    const champion = new ModelIndex(
      some,
      selectorOf({ kind: 'keys', rules, alias: 'champion', noMatch: 'skip' }),
    );
    expect([latest.resolve({ key: '1' })?.version, latest.resolve({ key: '2' })?.version]).toEqual([
      '2',
      '2',
    ]);
    expect([champion.resolve({ key: '1' })?.version, champion.resolve({ key: '2' })]).toEqual([
      '1',
      undefined,
    ]);
    expect(champion.noMatch).toBe('skip');
  });

  test('two models with the same tags are an error that names both, for their rows only', () => {
    const doubled = catalogOf(
      model('one', { kind: 'route', from: 'JFK', to: 'LAX' }),
      model('two', { kind: 'route', from: 'JFK', to: 'LAX' }),
      model('three', { kind: 'route', from: 'JFK', to: 'SFO' }),
    );
    const index = new ModelIndex(doubled, routes);
    expect(() => index.resolve({ origin: 'JFK', destination: 'LAX' })).toThrow(
      'Several models carry the tags of origin=JFK, destination=LAX: "one" version 2 and "two" version 2; only one may',
    );
    expect(index.resolve({ origin: 'JFK', destination: 'SFO' })?.model).toBe('three');
  });

  test.each([
    [{ kind: 'model', model: 'a' }, '2'],
    [{ kind: 'model', model: 'a', version: '1' }, '1'],
    [{ kind: 'model', model: 'a', alias: 'champion' }, '1'],
    [{ kind: 'model', model: 'a', version: '9' }, undefined],
    [{ kind: 'model', model: 'nobody' }, undefined],
  ])('%j scores every row with version %s', (selector, version) => {
    const index = new ModelIndex(catalogOf(model('a', {}, { champion: '1' })), selectorOf(selector));
    expect(index.keyColumns).toEqual([]);
    expect(index.resolve({})?.version).toBe(version);
    expect(index.modelCount).toBe(version === undefined ? 0 : 1);
  });

  test('names that every object inherits are no tags', () => {
    const rules = [{ keys: keysOf(['key', 'constructor']) }];
    const index = new ModelIndex(catalogOf(model('a', {})), selectorOf({ kind: 'keys', rules }));
    expect(index.modelCount).toBe(0);
  });

  test('ten thousand models are indexed and looked up quickly', () => {
    const many = catalogOf(
      ...Array.from({ length: 10_000 }, (_, n) =>
        model(`m-${n}`, { kind: 'route', from: String(n), to: String(n % 7) }),
      ),
    );
    const index = new ModelIndex(many, routes);
    const started = performance.now();
    for (let n = 0; n < 10_000; n += 1)
      expect(index.resolve({ origin: String(n), destination: String(n % 7) })?.model).toBe(`m-${n}`);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe('ModelIndexes', () => {
  test('one index a catalog revision and selector', () => {
    const indexes = new ModelIndexes();
    const first = indexes.of(catalog, routes);
    expect(indexes.of({ ...catalog }, { ...routes })).toBe(first);
    expect(indexes.of({ ...catalog, revision: 'r2' }, routes)).not.toBe(first);
  });

  test('the index unused for longest is forgotten', () => {
    const indexes = new ModelIndexes();
    const first = indexes.of(catalog, routes);
    for (let n = 0; n < 200; n += 1) indexes.of({ ...catalog, revision: `n-${n}` }, routes);
    expect(indexes.of(catalog, routes)).not.toBe(first);
  });
});
