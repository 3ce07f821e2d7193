import type { ModelVersion } from '../../shared/registry/catalog';
import { planPackReads } from '../../shared/registry/read-plan';

function packed(digest: string, start: number, end: number, pack = 'p'): ModelVersion {
  const location = { kind: 'pack', pack, start, end } as const;
  const rest = { signature: { inputs: [], outputs: [] }, featureSet: undefined, tags: {}, metrics: {} };
  return { model: digest, version: '1', location, digest, sizeBytes: end - start, ...rest };
}

function plan(versions: ModelVersion[], limits = { maxGapBytes: 10, maxReadBytes: 1_000 }): unknown[] {
  return planPackReads(versions, limits).map(({ pack, start, end, models }) => [
    pack,
    start,
    end,
    models.map(({ version }) => version.digest).join(''),
  ]);
}

describe('planPackReads', () => {
  test('no versions, no reads', () => {
    expect(plan([])).toEqual([]);
  });

  test('neighbours are read together, whatever the order they are asked for', () => {
    expect(plan([packed('c', 30, 40), packed('a', 0, 10), packed('b', 10, 20)])).toEqual([
      ['p', 0, 40, 'abc'],
    ]);
  });

  test('a gap over the limit starts another read', () => {
    expect(plan([packed('a', 0, 10), packed('b', 20, 30), packed('c', 41, 50)])).toEqual([
      ['p', 0, 30, 'ab'],
      ['p', 41, 50, 'c'],
    ]);
  });

  test('a read does not grow past its limit, but one model may', () => {
    const versions = [packed('a', 0, 60), packed('b', 60, 100), packed('c', 100, 101), packed('d', 101, 400)];
    expect(plan(versions, { maxGapBytes: 10, maxReadBytes: 100 })).toEqual([
      ['p', 0, 100, 'ab'],
      ['p', 100, 101, 'c'],
      ['p', 101, 400, 'd'],
    ]);
  });

  test('every pack has reads of its own', () => {
    expect(plan([packed('a', 0, 10, 'p'), packed('b', 10, 20, 'q')])).toEqual([
      ['p', 0, 10, 'a'],
      ['q', 10, 20, 'b'],
    ]);
  });

  test('equal bytes are read once', () => {
    expect(plan([packed('a', 0, 10), packed('a', 0, 10)])).toEqual([['p', 0, 10, 'a']]);
  });

  test('versions in folders are not planned', () => {
    expect(plan([{ ...packed('a', 0, 1), location: { kind: 'folder', prefix: 'a/1' } }])).toEqual([]);
  });
});
