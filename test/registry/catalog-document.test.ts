import { ServingError } from '../../shared/errors';
import type { Catalog, CatalogModel, ModelVersion } from '../../shared/registry/catalog';
import { encodeCatalog, parseCatalog } from '../../shared/registry/catalog-document';
import { createCatalog } from '../../shared/registry/create-catalog';

const signature = {
  inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2], symbols: ['N', undefined] }],
  outputs: [{ name: 'y', datatype: 'FP32', shape: undefined }],
} as const;
const featureSet = {
  input: 'x',
  columns: [{ name: 'distance', type: 'number' as const }],
  features: [{ kind: 'number' as const, column: 'distance', offset: 0, scale: 1 }],
};

function version(model: string, name: string, changes: Partial<ModelVersion> = {}): ModelVersion {
  return {
    model,
    version: name,
    location: { kind: 'folder', prefix: `${model}/${name}` },
    digest: 'a'.repeat(64),
    sizeBytes: 400,
    signature: structuredClone(signature),
    featureSet: structuredClone(featureSet),
    tags: { origin: 'SEA', destination: 'SFO' },
    metrics: { mae: 12.5, rmse: 20 },
    ...changes,
  };
}

function catalogOf(...models: CatalogModel[]): Catalog {
  return createCatalog(new Map(models.map((model) => [model.name, model])));
}

const twoModels = (): Catalog =>
  catalogOf(
    { name: 'a', versions: [version('a', '1'), version('a', '2')], aliases: { champion: '1' } },
    {
      name: 'b',
      versions: [
        version('b', '1', {
          location: { kind: 'pack', pack: 'packs/p.pack', start: 100, end: 500 },
          featureSet: undefined,
        }),
      ],
      aliases: {},
    },
  );

describe('encodeCatalog and parseCatalog', () => {
  test('what was written is what is read, under the same revision', () => {
    const catalog = twoModels();
    expect(parseCatalog(encodeCatalog(catalog))).toEqual(catalog);
  });

  test('equal signatures and feature sets are one object', () => {
    for (const catalog of [twoModels(), parseCatalog(encodeCatalog(twoModels()))]) {
      const [first, second] = catalog.models.get('a')?.versions ?? [];
      expect(first?.signature).toBe(second?.signature);
      expect(first?.featureSet).toBe(second?.featureSet);
      expect(first?.featureSet).toBeDefined();
    }
  });

  test('the order of models does not change the bytes', () => {
    const catalog = twoModels();
    const reversed = createCatalog(new Map([...catalog.models].reverse()));
    expect(encodeCatalog(reversed)).toEqual(encodeCatalog(catalog));
  });

  /**
   * Measured outside of jest, whose globals are slow to reach: 60 to 120 ms on one of two busy cores. Here the time
   * is bounded by JSON.parse's own, so that a busy machine does not fail the test and a quadratic step does.
   */
  test('ten thousand models take under 4 MiB and are parsed quickly', () => {
    const models = Array.from({ length: 10_000 }, (_, index): CatalogModel => {
      const name = `route-${index}`;
      const start = index * 400;
      const location = { kind: 'pack', pack: 'packs/p.pack', start, end: start + 400 } as const;
      return { name, versions: [version(name, '1', { location })], aliases: { champion: '1' } };
    });
    const bytes = encodeCatalog(catalogOf(...models));
    expect(bytes.length).toBeLessThan(4 * 2 ** 20);
    expect(parseCatalog(bytes).models.size).toBe(10_000);
    const jsonMs = shortestMs(() => JSON.parse(bytes.toString()));
    expect(shortestMs(() => parseCatalog(bytes))).toBeLessThan(100 * jsonMs);
  });
});

function shortestMs(run: () => unknown): number {
  const times = [1, 2, 3, 4].map(() => {
    const started = performance.now();
    run();
    return performance.now() - started;
  });
  return Math.min(...times);
}

describe('the revision', () => {
  const revisionOf = (changes: Partial<ModelVersion>, aliases: Record<string, string> = {}): string =>
    catalogOf({ name: 'a', versions: [version('a', '1', changes)], aliases }).revision;

  test('is the same whatever the order of models, tags, metrics and keys', () => {
    const catalog = twoModels();
    expect(createCatalog(new Map([...catalog.models].reverse())).revision).toBe(catalog.revision);
    expect(revisionOf({ tags: { destination: 'SFO', origin: 'SEA' } })).toBe(revisionOf({}));
    expect(revisionOf({ metrics: { rmse: 20, mae: 12.5 } })).toBe(revisionOf({}));
    const reordered = { outputs: signature.outputs, inputs: signature.inputs };
    expect(revisionOf({ signature: reordered })).toBe(revisionOf({}));
  });

  test.each<[string, Partial<ModelVersion>]>([
    ['digest', { digest: 'b'.repeat(64) }],
    ['tag', { tags: { origin: 'SEA', destination: 'LAX' } }],
    ['metric', { metrics: { mae: 12.5, rmse: 21 } }],
    ['feature set', { featureSet: undefined }],
    ['signature', { signature: { inputs: [], outputs: [] } }],
    ['location', { location: { kind: 'pack', pack: 'packs/p.pack', start: 1, end: 401 } }],
  ])('changes with a %s', (_what, changes) => {
    expect(revisionOf(changes)).not.toBe(revisionOf({}));
  });

  test('changes with an alias and with the order of versions', () => {
    expect(revisionOf({}, { champion: '1' })).not.toBe(revisionOf({}));
    const [one, two] = [version('a', '1'), version('a', '2')];
    expect(catalogOf({ name: 'a', versions: [one, two], aliases: {} }).revision).not.toBe(
      catalogOf({ name: 'a', versions: [two, one], aliases: {} }).revision,
    );
  });
});

describe('a catalog that is not valid', () => {
  type Document = Record<string, unknown> & { models: Record<string, unknown>[] };
  const entry = (): Record<string, unknown> => ({
    ...{ version: '1', digest: 'a'.repeat(64), sizeBytes: 4, signature: 0, tags: {}, metrics: {} },
  });
  const model = (...versions: unknown[]) => ({ name: 'a', versions, aliases: {} });
  const document = (...models: Record<string, unknown>[]): Document => ({
    ...{
      format: 'polyscore-catalog-1',
      signatures: [{ inputs: [], outputs: [] }],
      featureSets: [],
      packs: [],
    },
    models,
  });

  function problemsOf(content: unknown): [pointer: string, expected: string][] {
    try {
      parseCatalog(Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)));
    } catch (error) {
      if (!(error instanceof ServingError)) throw error;
      expect(error.code).toBe('invalid-document');
      return error.violations.map(({ pointer, expected }) => [pointer, expected]);
    }
    throw new Error('it was read');
  }

  test('the document that the others are changed from is valid', () => {
    expect(parseCatalog(Buffer.from(JSON.stringify(document(model(entry()))))).models.size).toBe(1);
  });

  test('text that is not JSON says so', () => {
    expect(() => parseCatalog(Buffer.from('{"a":'))).toThrow('The catalog is not JSON');
  });

  test.each<[string, unknown, string, RegExp]>([
    ['an unknown format', { ...document(), format: 'x' }, '/format', /polyscore-catalog-1/],
    ['an unknown key', { ...document(), 'a/b': 1 }, '/a~1b', /no such key/],
    ['a model without versions', document(model()), '/models/0/versions', /./],
    ['a name with a slash', document({ ...model(entry()), name: 'a/b' }), '/models/0/name', /letters/],
    ['the name __proto__', document({ ...model(entry()), name: '__proto__' }), '/models/0/name', /letters/],
    [
      'a short digest',
      document(model({ ...entry(), digest: 'abc' })),
      '/models/0/versions/0/digest',
      /SHA-256/,
    ],
    [
      'a tag that is a number',
      document(model({ ...entry(), tags: { a: 1 } })),
      '/models/0/versions/0/tags',
      /strings/,
    ],
    [
      'tags in an array',
      document(model({ ...entry(), tags: ['a'] })),
      '/models/0/versions/0/tags',
      /strings/,
    ],
    [
      'a metric that is text',
      document(model({ ...entry(), metrics: { a: '1' } })),
      '/models/0/versions/0/metrics',
      /numbers/,
    ],
    [
      'a signature that is not there',
      document(model({ ...entry(), signature: 1 })),
      '/models/0/versions/0/signature',
      /an index below 1/,
    ],
    [
      'a feature set that is not there',
      document(model({ ...entry(), featureSet: 0 })),
      '/models/0/versions/0/featureSet',
      /an index below 0/,
    ],
    [
      'a pack that is not there',
      document(model({ ...entry(), pack: [2, 0] })),
      '/models/0/versions/0/pack/0',
      /an index below 0/,
    ],
    [
      'an alias without its version',
      document({ ...model(entry()), aliases: { champion: '9' } }),
      '/models/0/aliases/champion',
      /a version of the model/,
    ],
    ['a version twice', document(model(entry(), entry())), '/models/0/versions/1/version', /of its own/],
    ['a model twice', document(model(entry()), model(entry())), '/models/1/name', /of its own/],
  ])('%s is named by its pointer', (_what, content, pointer, expected) => {
    expect(problemsOf(content)).toEqual([[pointer, expect.stringMatching(expected)]]);
  });

  test('all problems are listed at once, each with what came', () => {
    const content = JSON.stringify({ ...document(), format: 'x', packs: 'y'.repeat(200), extra: 1 });
    try {
      parseCatalog(Buffer.from(content));
      throw new Error('it was read');
    } catch (error) {
      expect(error).toMatchObject({
        message: expect.stringContaining('The catalog has 3 problem(s), first at /format') as string,
        violations: [
          { pointer: '/format', received: '"x"' },
          { pointer: '/packs', received: expect.stringMatching(/^"y{79}…$/) as string },
          { pointer: '/extra', received: '"extra"' },
        ],
      });
    }
  });
});
