import { describeModel, type NewModel } from '../../shared/registry/new-model';
import { encodePack, PACK_HEADER_BYTES, parsePackHeader, parsePackIndex } from '../../shared/registry/pack';
import { linearModel } from '../support/onnx-builder';

const model = (name: string, weights: number[], more: Partial<NewModel> = {}) => {
  const onnx = linearModel(weights);
  return { onnx, manifest: describeModel({ name, version: '1', onnx, ...more }) };
};

const indexOf = (bytes: Buffer): Buffer =>
  bytes.subarray(
    PACK_HEADER_BYTES,
    PACK_HEADER_BYTES + parsePackHeader('p', bytes.subarray(0, PACK_HEADER_BYTES)),
  );

describe('a pack', () => {
  const featureSet = {
    input: 'x',
    columns: [{ name: 'distance', type: 'number' as const }],
    features: [{ kind: 'number' as const, column: 'distance', offset: 0, scale: 1 }],
  };
  const models = [
    model('a', [1, 2], { description: 'first', tags: { origin: 'SEA' }, metrics: { mae: 3 } }),
    model('b', [3], { featureSet, provenance: { trainedOn: 'flights' } }),
    model('c', [5], { featureSet }),
  ];

  test('gives every model its bytes and its manifest back', () => {
    const { bytes, models: placed } = encodePack(models);
    const read = parsePackIndex('p', indexOf(bytes));
    expect(read).toEqual(placed);
    expect(read.map(({ manifest }) => manifest)).toEqual(models.map(({ manifest }) => manifest));
    expect(read.map(({ start, end }) => bytes.subarray(start, end))).toEqual(models.map(({ onnx }) => onnx));
  });

  test('is named by its content', () => {
    expect(encodePack(models).path).toMatch(/^packs\/[0-9a-f]{64}\.pack$/);
    expect(encodePack(models).path).toBe(encodePack(models).path);
    expect(encodePack(models.slice(1)).path).not.toBe(encodePack(models).path);
  });

  test('stores equal models once', () => {
    const twins = encodePack([model('a', [7]), model('b', [7])]);
    const [first, second] = twins.models;
    expect([second?.start, second?.end]).toEqual([first?.start, first?.end]);
    expect(twins.bytes.length).toBe(first?.end);
  });

  test('stores equal signatures and feature sets once', () => {
    const index = JSON.parse(indexOf(encodePack(models).bytes).toString()) as Record<string, unknown[]>;
    expect(index['signatures']).toHaveLength(2);
    expect(index['featureSets']).toHaveLength(1);
  });
});

describe('what is no pack', () => {
  test.each([
    ['too short', Buffer.from('POLYPACK'), /does not start with POLYPACK/],
    ['of another kind', Buffer.from('PK\x03\x04 something else'), /does not start with POLYPACK/],
    [
      'with an endless index',
      Buffer.concat([Buffer.from('POLYPACK'), Buffer.alloc(4, 0xff)]),
      /over the limit/,
    ],
  ])('%s is refused', (_what, header, message) => {
    expect(() => parsePackHeader('packs/x.pack', header)).toThrow(message);
  });

  test('an index that points to no signature is refused, with the pointer', () => {
    const index = JSON.parse(indexOf(encodePack([model('a', [1])]).bytes).toString()) as object;
    const broken = Buffer.from(JSON.stringify({ ...index, signatures: [] }));
    expect(() => parsePackIndex('packs/x.pack', broken)).toThrow('/models/0/signature: an index below 0');
  });
});
