import { endpointSchema } from '../../shared/endpoints/endpoint';
import { ModelIndex } from '../../shared/endpoints/model-index';
import { ServingError } from '../../shared/errors';
import type { FeatureSet } from '../../shared/features/feature-set';
import type { ModelVersion } from '../../shared/registry/catalog';
import { OnlineCounters } from '../../shared/scoring/online-counters';
import { encodeRowAnswer } from '../../shared/scoring/row-answer';
import { type RowColumn, rowColumns } from '../../shared/scoring/row-columns';
import { parseRowRecords } from '../../shared/scoring/row-records';
import { sampleRows } from '../../shared/scoring/sample-rows';
import type { PredictionColumn, ScoredBatch } from '../../shared/scoring/scoring';

function versionOf(model: string, more: Partial<ModelVersion> = {}): ModelVersion {
  return {
    model,
    version: '1',
    location: { kind: 'folder', prefix: model },
    digest: model,
    sizeBytes: 1,
    signature: { inputs: [], outputs: [] },
    featureSet: undefined,
    tags: {},
    metrics: {},
    ...more,
  };
}

function indexOf(keys: readonly string[], ...versions: ModelVersion[]) {
  const rules = [{ keys: keys.map((name) => ({ column: name, tag: name })) }];
  const endpoint = endpointSchema.parse({
    name: 'e',
    deployments: [{ name: 'd', selector: { kind: 'keys', rules } }],
  });
  const [deployment] = endpoint.deployments;
  if (!deployment) throw new Error('no deployment');
  const models = new Map(
    versions.map((version) => [version.model, { name: version.model, versions: [version], aliases: {} }]),
  );
  const index = new ModelIndex({ revision: 'r', models }, deployment.selector);
  return { index, selector: deployment.selector };
}

const numbers = (...names: string[]): FeatureSet => ({
  input: 'x',
  columns: names.map((name) => ({ name, type: 'number' })),
  features: names.map((column) => ({ kind: 'number', column, offset: 12.4, scale: 1 })),
});

describe('rowColumns', () => {
  test('a column that only some models need is not required; a key may be a feature’s number too', () => {
    const { index } = indexOf(
      ['store'],
      versionOf('a', { tags: { store: '1' }, featureSet: numbers('store', 'size') }),
      versionOf('b', { tags: { store: '2' }, featureSet: numbers('size', 'age') }),
    );
    expect(rowColumns(index)).toEqual([
      { name: 'store', type: 'text', isKey: true, isRequired: true },
      { name: 'size', type: 'number', isKey: false, isRequired: true },
      { name: 'age', type: 'number', isKey: false, isRequired: false },
    ]);
  });

  test('models without a feature set take columns by their inputs’ names', () => {
    const inputs = [
      { name: 'age', datatype: 'INT64', shape: [-1] },
      { name: 'city', datatype: 'BYTES', shape: [-1, 1] },
    ] as const;
    const { index } = indexOf(
      ['k'],
      versionOf('a', { tags: { k: '1' }, signature: { inputs, outputs: [] } }),
    );
    expect(rowColumns(index).map(({ name, type }) => [name, type])).toEqual([
      ['k', 'text'],
      ['age', 'number'],
      ['city', 'text'],
    ]);
  });

  test('one column in two types is an error that names it', () => {
    const text: FeatureSet = {
      input: 'x',
      columns: [{ name: 'size', type: 'text' }],
      features: [{ kind: 'one-hot', column: 'size', values: ['s'] }],
    };
    const { index } = indexOf(
      ['k'],
      versionOf('a', { tags: { k: '1' }, featureSet: numbers('size') }),
      versionOf('b', { tags: { k: '2' }, featureSet: text }),
    );
    expect(() => rowColumns(index)).toThrow('want the column "size" as number and as text');
  });
});

describe('sampleRows', () => {
  test('values are those that a feature knows', () => {
    const featureSet: FeatureSet = {
      input: 'x',
      columns: [
        { name: 'size', type: 'number' },
        { name: 'city', type: 'text' },
        { name: 'note', type: 'text' },
        { name: 'at', type: 'timestamp' },
      ],
      features: [
        { kind: 'number', column: 'size', offset: 12.4, scale: 1 },
        { kind: 'one-hot', column: 'city', values: ['Bern', 'Rome'] },
      ],
    };
    const { index, selector } = indexOf(['k'], versionOf('a', { tags: { k: 'key-1' }, featureSet }));
    expect(sampleRows(index, rowColumns(index), selector)).toEqual([
      { k: 'key-1', size: 12, city: 'Bern', note: '', at: '2001-06-15T12:00:00Z' },
    ]);
  });
});

describe('parseRowRecords', () => {
  const number: RowColumn = { name: 'n', type: 'number', isKey: false, isRequired: true };
  const key: RowColumn = { name: 'a/b~c', type: 'text', isKey: true, isRequired: false };

  test('keys are taken by their text, also numbers and booleans; equal texts share a code', () => {
    const body = [1, '1', true, null].map((value) => ({ n: 0, 'a/b~c': value }));
    const { columns } = parseRowRecords(body, [number, key], 10);
    expect(columns.get('a/b~c')).toEqual({
      type: 'text',
      codes: Int32Array.of(0, 0, 1, -1),
      values: ['1', 'true'],
    });
  });

  test('names in pointers are escaped, long values shown in part', () => {
    const body = { rows: [{ n: 1, 'a/b~c': { long: 'x'.repeat(100) } }] };
    const parse = () => parseRowRecords(body, [number, key], 10);
    expect(parse).toThrow(ServingError);
    expect(parse).toThrow(/\/rows\/0\/a~1b~0c: expected a text, number or boolean, received .{40}…$/);
  });

  test('of thousands of problems a hundred are listed', () => {
    const rows = Array.from({ length: 3_000 }, () => ({ n: 'x' }));
    const problem = (() => {
      try {
        parseRowRecords({ rows }, [number], 5_000);
      } catch (error) {
        return error;
      }
      return undefined;
    })();
    expect(problem).toMatchObject({ message: expect.stringContaining('and 2999 more problems') as unknown });
    expect((problem as { violations: unknown[] }).violations).toHaveLength(100);
  });
});

function scoredOf(predictions: readonly PredictionColumn[], more: Partial<ScoredBatch> = {}) {
  const rows = predictions[0]?.values.length ?? 0;
  const scored: ScoredBatch = {
    predictions,
    models: [versionOf('m "1"')],
    modelOfRow: new Int32Array(rows),
    rejected: new Map(),
    ...more,
  };
  return JSON.parse(encodeRowAnswer({ endpoint: 'e', deployment: 'd', scored, cache: 'hit', loadMs: 0 })) as {
    rows: unknown[];
  };
}

describe('encodeRowAnswer', () => {
  const named = { model: 'm "1"', version: '1' };

  test('several predictions are an object by name, what a row’s model does not give is null', () => {
    const { rows } = scoredOf([
      { name: 'score', datatype: 'FP64', values: Float64Array.of(0.5, NaN) },
      { name: 'label', datatype: 'BYTES', values: ['a "b"', ''] },
    ]);
    expect(rows).toEqual([
      { prediction: { score: 0.5, label: 'a "b"' }, ...named },
      { prediction: { score: null, label: '' }, ...named },
    ]);
  });

  test('64-bit integers are written digit by digit', () => {
    const scored: ScoredBatch = {
      predictions: [{ name: 'y', datatype: 'INT64', values: BigInt64Array.of(9007199254740993n) }],
      models: [versionOf('m')],
      modelOfRow: Int32Array.of(0),
      rejected: new Map(),
    };
    const text = encodeRowAnswer({ endpoint: 'e', deployment: 'd', scored, cache: 'hit', loadMs: 0 });
    expect(text).toContain('"prediction":9007199254740993,');
  });

  test('a skipped row is null; a rejected one says why', () => {
    const { rows } = scoredOf([{ name: 'y', datatype: 'FP32', values: Float32Array.of(1, NaN, NaN) }], {
      modelOfRow: Int32Array.of(0, -1, 0),
      rejected: new Map([[2, 'it broke']]),
    });
    expect(rows).toEqual([
      { prediction: 1, ...named },
      { prediction: null },
      { error: { code: 'inference-failed', detail: 'it broke' } },
    ]);
  });
});

describe('OnlineCounters', () => {
  test('counts requests, scored and rejected rows by deployment', () => {
    const counters = new OnlineCounters();
    const batch: ScoredBatch = {
      predictions: [],
      models: [versionOf('m')],
      modelOfRow: Int32Array.of(0, 0, -1, -1),
      rejected: new Map([
        [1, 'x'],
        [2, 'y'],
      ]),
    };
    counters.addRows('e', 'd', batch);
    counters.addRows('e', 'd', batch);
    expect(counters.rows()).toEqual([
      { endpoint: 'e', deployment: 'd', requests: 2, rowsScored: 2, rowsRejected: 4 },
    ]);
  });

  test('a thousand models are counted one by one, the others together', () => {
    const counters = new OnlineCounters();
    for (let n = 0; n < 1_010; n += 1) counters.addInference(versionOf(`m-${n}`), 'success', 2);
    counters.addInference(versionOf('m-3'), 'failure', 1);
    const counts = counters.inferences();
    expect(counts).toHaveLength(1_001);
    expect(counts[3]).toEqual({ model: 'm-3', version: '1', success: 1, failure: 1, durationMs: 3 });
    expect(counts.at(-1)).toEqual({
      model: 'other',
      version: 'other',
      success: 10,
      failure: 0,
      durationMs: 20,
    });
  });
});
