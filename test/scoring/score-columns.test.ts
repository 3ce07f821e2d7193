import { ServingError } from '../../shared/errors';
import type { ColumnValues, FeatureSet } from '../../shared/features/feature-set';
import type { ModelVersion } from '../../shared/registry/catalog';
import { readOnnx } from '../../shared/registry/onnx-reader';
import type { InferenceSession } from '../../shared/runtime/engine';
import { createOnnxEngine } from '../../shared/runtime/onnx-engine';
import type { ModelLookup } from '../../shared/scoring/choose-models';
import { groupByKeys } from '../../shared/scoring/group-rows';
import { predictionSpecs } from '../../shared/scoring/prediction-columns';
import { scoreColumns, type SessionSource } from '../../shared/scoring/score-columns';
import { buildOnnx, identityModel, linearModel } from '../support/onnx-builder';

const featureSet: FeatureSet = {
  input: 'x',
  columns: [{ name: 'distance', type: 'number' }],
  features: [{ kind: 'number', column: 'distance', offset: 0, scale: 1 }],
};

interface TestModel {
  readonly version: ModelVersion;
  readonly onnx: Buffer;
}

function model(name: string, onnx: Buffer, options: { featureSet?: FeatureSet } = { featureSet }): TestModel {
  const { signature } = readOnnx(onnx);
  const version: ModelVersion = {
    model: name,
    version: '1',
    location: { kind: 'folder', prefix: name },
    digest: name,
    sizeBytes: onnx.length,
    signature,
    featureSet: options.featureSet,
    tags: {},
    metrics: {},
  };
  return { version, onnx };
}

/** Real onnxruntime sessions, with a record of what was leased, prefetched and run. */
function sessionsOf(models: readonly TestModel[], broken: Record<string, Error> = {}) {
  const engine = createOnnxEngine();
  const loaded = new Map<string, Promise<InferenceSession>>();
  const runs: string[] = [];
  const prefetched: string[][] = [];
  const source: SessionSource = {
    prefetch: (versions) => {
      prefetched.push(versions.map((version) => version.model));
      return Promise.resolve();
    },
    lease: async (version) => {
      const error = broken[version.model];
      if (error) throw error;
      const { onnx } = models.find((other) => other.version === version) ?? { onnx: Buffer.alloc(0) };
      const loading = loaded.get(version.model) ?? engine.load({ onnx, externalData: {} });
      loaded.set(version.model, loading);
      const session = await loading;
      const counted: InferenceSession = {
        signature: session.signature,
        sizeBytes: session.sizeBytes,
        run: (inputs, outputs) => {
          runs.push(version.model);
          return session.run(inputs, outputs);
        },
        dispose: () => session.dispose(),
      };
      return { session: counted, cache: 'hit', loadMs: 0, [Symbol.dispose]: () => undefined };
    },
  };
  return { source, runs, prefetched };
}

function text(values: readonly (string | undefined)[]): ColumnValues {
  const dictionary = [...new Set(values)].filter((value) => value !== undefined);
  return {
    type: 'text',
    codes: Int32Array.from(values, (value) => (value === undefined ? -1 : dictionary.indexOf(value))),
    values: dictionary,
  };
}

function numbers(values: readonly number[]): ColumnValues {
  return { type: 'number', values: Float64Array.from(values) };
}

function batchOf(columns: Record<string, ColumnValues>, rows: number) {
  return { rows, columns: new Map(Object.entries(columns)) };
}

function byOrigin(models: Record<string, TestModel>, noMatch: 'reject' | 'skip' = 'reject'): ModelLookup {
  return {
    keyColumns: ['origin'],
    noMatch,
    resolve: ({ origin }) => (origin === undefined ? undefined : models[origin]?.version),
  };
}

function only({ version }: TestModel): ModelLookup {
  return { keyColumns: [], resolve: () => version };
}

const [ams, bos, clt] = [
  model('ams', linearModel([2], 1)),
  model('bos', linearModel([-1], 0)),
  model('clt', linearModel([0], 7)),
];
const models = { AMS: ams, BOS: bos, CLT: clt };

describe('scoreColumns', () => {
  test('each row is scored by the model of its keys, each model runs once, predictions come in row order', async () => {
    const { source, runs, prefetched } = sessionsOf([ams, bos, clt]);
    const batch = batchOf(
      { origin: text(['BOS', 'AMS', 'BOS', 'CLT', 'AMS']), distance: numbers([10, 1, 20, 5, 2]) },
      5,
    );
    const scored = await scoreColumns(batch, byOrigin(models), source);
    expect(scored.predictions).toEqual([
      { name: 'y', datatype: 'FP32', values: Float32Array.from([-10, 3, -20, 7, 5]) },
    ]);
    expect([...scored.modelOfRow].map((number) => scored.models[number]?.model)).toEqual([
      'bos',
      'ams',
      'bos',
      'clt',
      'ams',
    ]);
    expect(scored.rejected.size).toBe(0);
    expect(runs.sort()).toEqual(['ams', 'bos', 'clt']);
    expect(prefetched.flat().sort()).toEqual(['ams', 'bos', 'clt']);
  });

  test('many rows in chunks give what one row at a time gives', async () => {
    const rows = 150_000;
    const origins = ['AMS', 'BOS', 'CLT'];
    const origin = Array.from({ length: rows }, (_, i) => origins[(i * 7 + (i >> 5)) % 3] ?? '');
    const distance = Array.from({ length: rows }, (_, i) => (i % 1_000) / 8);
    const { source, runs } = sessionsOf([ams, bos, clt]);
    const scored = await scoreColumns(
      batchOf({ origin: text(origin), distance: numbers(distance) }, rows),
      byOrigin(models),
      source,
    );
    const expected = { AMS: (d: number) => 2 * d + 1, BOS: (d: number) => -d, CLT: () => 7 };
    const values = scored.predictions[0]?.values ?? [];
    const wrong = origin.findIndex((name, row) => {
      const rule = Object.entries(expected).find(([key]) => key === name)?.[1];
      return rule?.(distance[row] ?? NaN) !== values[row];
    });
    expect(wrong).toBe(-1);
    expect(runs.length).toBeLessThanOrEqual(3 + 2); // one a model, one more for each chunk boundary
  });

  test('a row without a model is rejected with its keys, or skipped where the endpoint says so', async () => {
    const batch = batchOf({ origin: text(['XXX', 'AMS', undefined]), distance: numbers([1, 1, 1]) }, 3);
    const { source } = sessionsOf([ams]);
    const rejecting = await scoreColumns(batch, byOrigin(models), source);
    expect([...rejecting.rejected]).toEqual([
      [0, 'no model for origin="XXX"'],
      [2, 'no model for origin=(missing)'],
    ]);
    const skipping = await scoreColumns(batch, byOrigin(models, 'skip'), source);
    expect(skipping.rejected.size).toBe(0);
    expect([...skipping.modelOfRow]).toEqual([-1, 0, -1]);
    expect(skipping.predictions[0]?.values).toEqual(Float32Array.from([NaN, 3, NaN]));
  });

  test('keys that several models carry reject their rows only', async () => {
    const lookup: ModelLookup = {
      keyColumns: ['origin'],
      resolve: ({ origin }) => {
        if (origin === 'BOS') throw new ServingError('invalid-document', 'several models carry BOS');
        return ams.version;
      },
    };
    const batch = batchOf({ origin: text(['BOS', 'AMS']), distance: numbers([1, 1]) }, 2);
    const scored = await scoreColumns(batch, lookup, sessionsOf([ams]).source);
    expect([...scored.rejected]).toEqual([[0, 'several models carry BOS']]);
    expect(scored.predictions[0]?.values[1]).toBe(3);
  });

  test('a missing or infinite value rejects the row and names the column; rows the reader rejected keep their reason', async () => {
    const batch = batchOf(
      { origin: text(['AMS', 'AMS', 'AMS', 'AMS']), distance: numbers([NaN, Infinity, NaN, 4]) },
      4,
    );
    const unreadable = new Map([[2, 'column "distance" holds "far", expected a number']]);
    const scored = await scoreColumns(batch, byOrigin(models), sessionsOf([ams]).source, { unreadable });
    expect(new Map([...scored.rejected].sort())).toEqual(
      new Map([
        [0, 'column "distance" has no finite number'],
        [1, 'column "distance" has no finite number'],
        [2, 'column "distance" holds "far", expected a number'],
      ]),
    );
    expect(scored.predictions[0]?.values[3]).toBe(9);
  });

  test('a prediction that is not finite rejects its row', async () => {
    const steep = model('steep', linearModel([3e38], 0));
    const batch = batchOf({ distance: numbers([10, 0.1]) }, 2);
    const scored = await scoreColumns(batch, only(steep), sessionsOf([steep]).source);
    expect([...scored.rejected]).toEqual([[0, 'model steep gave a prediction that is not a finite number']]);
  });

  test('a broken model rejects its own rows with the reason', async () => {
    const broken = { bos: new ServingError('invalid-model', 'the file is damaged') };
    const batch = batchOf({ origin: text(['AMS', 'BOS']), distance: numbers([1, 1]) }, 2);
    const scored = await scoreColumns(batch, byOrigin(models), sessionsOf([ams, bos], broken).source);
    expect([...scored.rejected]).toEqual([[1, 'the file is damaged']]);
    expect(scored.predictions[0]?.values[0]).toBe(3);
  });

  test('a model that the cache knows to be broken rejects its rows; one that is only busy fails the whole', async () => {
    const unavailable = { bos: new ServingError('model-unavailable', 'not now', { retryAfterSeconds: 1 }) };
    const batch = batchOf({ origin: text(['BOS']), distance: numbers([1]) }, 1);
    const { source } = sessionsOf([bos], unavailable);
    await expect(scoreColumns(batch, byOrigin(models), source)).rejects.toThrow('not now');
    const knowing = { ...source, failure: () => 'the file is damaged' };
    const scored = await scoreColumns(batch, byOrigin(models), knowing);
    expect([...scored.rejected]).toEqual([[0, 'model bos version 1: the file is damaged']]);
  });

  test('a fault of storage and a bug are thrown', async () => {
    const batch = batchOf({ origin: text(['BOS']), distance: numbers([1]) }, 1);
    for (const error of [new ServingError('storage-unavailable', 'gone'), new TypeError('bug')]) {
      const { source } = sessionsOf([bos], { bos: error });
      await expect(scoreColumns(batch, byOrigin(models), source)).rejects.toBe(error);
    }
  });

  test('a key column that the batch lacks is named', async () => {
    const batch = batchOf({ distance: numbers([1]) }, 1);
    await expect(scoreColumns(batch, byOrigin(models), sessionsOf([]).source)).rejects.toThrow('"origin"');
  });

  test('no rows need no model', async () => {
    const { source, runs } = sessionsOf([ams]);
    const batch = batchOf({ origin: text([]), distance: numbers([]) }, 0);
    const scored = await scoreColumns(batch, byOrigin(models), source);
    expect([scored.models, runs]).toEqual([[], []]);
  });
});

describe('models without a feature set', () => {
  test.each([
    ['FP32', [1.5, 2]],
    ['FP64', [1.5, 2]],
  ] as const)('%s inputs take the column of their name', async (elemType, values) => {
    const plain = model('plain', identityModel({ elemType, shape: ['N', 1] }), {});
    const batch = batchOf({ x: numbers(values) }, 2);
    const scored = await scoreColumns(batch, only(plain), sessionsOf([plain]).source);
    expect([...(scored.predictions[0]?.values ?? [])]).toEqual(values);
  });

  test.each([
    'INT8',
    'UINT8',
    'INT16',
    'UINT16',
    'INT32',
    'UINT32',
    'INT64',
    'UINT64',
    'FP16',
    'BOOL',
  ] as const)('%s inputs and outputs are converted', async (elemType) => {
    const plain = model('plain', identityModel({ elemType, shape: ['N'] }), {});
    const scored = await scoreColumns(
      batchOf({ x: numbers([1, 0]) }, 2),
      only(plain),
      sessionsOf([plain]).source,
    );
    expect(Array.from(scored.predictions[0]?.values ?? [], Number)).toEqual([1, 0]);
  });

  test('text inputs and outputs are strings, a missing text is empty', async () => {
    const plain = model('plain', identityModel({ elemType: 'BYTES', shape: ['N'] }), {});
    const batch = batchOf({ x: text(['a', undefined, 'ü']) }, 3);
    const scored = await scoreColumns(batch, only(plain), sessionsOf([plain]).source);
    expect(scored.predictions).toEqual([{ name: 'y', datatype: 'BYTES', values: ['a', '', 'ü'] }]);
  });

  test('an input of several elements a row needs a feature set, and says so', async () => {
    const wide = model('wide', identityModel({ shape: ['N', 3] }), {});
    const scored = await scoreColumns(batchOf({ x: numbers([1]) }, 1), only(wide), sessionsOf([wide]).source);
    expect(scored.rejected.get(0)).toBe(
      'input "x" of model wide wants [-1, 3]; give the model a feature set',
    );
    const missing = await scoreColumns(
      batchOf({ z: numbers([1]) }, 1),
      only(wide),
      sessionsOf([wide]).source,
    );
    expect(missing.rejected.get(0)).toContain('finds no column of its name');
  });

  test('a model for one row at a time is run row by row; another fixed number of rows is refused', async () => {
    const single = model('single', identityModel({ shape: [1, 1] }), {});
    const { source, runs } = sessionsOf([single]);
    const scored = await scoreColumns(batchOf({ x: numbers([4, 5]) }, 2), only(single), source);
    expect([...(scored.predictions[0]?.values ?? [])]).toEqual([4, 5]);
    expect(runs).toHaveLength(2);
    const four = model('four', identityModel({ shape: [4, 1] }), {});
    const refused = await scoreColumns(
      batchOf({ x: numbers([4]) }, 1),
      only(four),
      sessionsOf([four]).source,
    );
    expect(refused.rejected.get(0)).toBe('model four takes a fixed number of rows (4)');
  });
});

describe('predictionSpecs', () => {
  const twoOutputs = model(
    'two',
    buildOnnx({
      inputs: [{ name: 'x', shape: ['N', 1] }],
      outputs: [
        { name: 'a', shape: ['N', 1] },
        { name: 'wide', shape: ['N', 2] },
      ],
      nodes: [
        { op: 'Identity', inputs: ['x'], outputs: ['a'] },
        { op: 'Concat', inputs: ['x', 'x'], outputs: ['wide'], attributes: { axis: 1 } },
      ],
    }),
  );

  test('an output with several elements a row becomes numbered columns', async () => {
    const scored = await scoreColumns(
      batchOf({ distance: numbers([3, 4]) }, 2),
      only(twoOutputs),
      sessionsOf([twoOutputs]).source,
      { outputNames: { wide: 'both' } },
    );
    expect(scored.predictions.map(({ name, values }) => [name, ...values])).toEqual([
      ['a', 3, 4],
      ['both_0', 3, 4],
      ['both_1', 3, 4],
    ]);
  });

  test('where models differ in an output, the column takes the wider type', () => {
    const of = (elemType: 'FP32' | 'FP64' | 'INT64' | 'BYTES'): ModelVersion =>
      model(elemType, identityModel({ elemType, shape: ['N'] }), {}).version;
    const types = (...versions: ModelVersion[]): string[] =>
      predictionSpecs(versions).map((spec) => spec.datatype);
    expect(types(of('FP32'), of('FP32'))).toEqual(['FP32']);
    expect(types(of('FP32'), of('INT64'))).toEqual(['FP64']);
    expect(types(of('FP32'), of('BYTES'))).toEqual(['BYTES']);
  });

  test("models with different outputs leave each other's columns empty", async () => {
    const other = model('other', linearModel([1], 0, { output: 'z' }));
    const batch = batchOf({ origin: text(['AMS', 'OTH']), distance: numbers([1, 2]) }, 2);
    const scored = await scoreColumns(
      batch,
      byOrigin({ AMS: ams, OTH: other }),
      sessionsOf([ams, other]).source,
    );
    expect(scored.predictions.map(({ name, values }) => [name, ...values])).toEqual([
      ['y', 3, NaN],
      ['z', NaN, 2],
    ]);
  });

  test('an output that has not the elements it promised rejects the rows', async () => {
    const batch = batchOf({ distance: numbers([1]) }, 1);
    const specs = predictionSpecs([twoOutputs.version]).map((spec) => ({ ...spec, elements: 5 }));
    const scored = await scoreColumns(batch, only(twoOutputs), sessionsOf([twoOutputs]).source, { specs });
    expect(scored.rejected.get(0)).toContain('has 1 elements a row, expected 5');
  });
});

describe('groupByKeys', () => {
  test('more combinations than a table holds are grouped by a hash map, with the same groups', () => {
    const rows = 5_000;
    const codes = (step: number): Int32Array =>
      Int32Array.from({ length: rows }, (_, i) => (i * step) % 3_000);
    const values = Array.from({ length: 3_000 }, (_, i) => String(i));
    const columns = [7, 11].map((step) => ({ type: 'text' as const, codes: codes(step), values }));
    const { groupOfRow, firstRow } = groupByKeys(columns, rows);
    const tuples = new Map<string, number>();
    const expected = Array.from({ length: rows }, (_, row) => {
      const tuple = columns.map((column) => column.codes[row]).join();
      if (!tuples.has(tuple)) tuples.set(tuple, tuples.size);
      return tuples.get(tuple);
    });
    expect([...groupOfRow]).toEqual(expected);
    expect(firstRow).toHaveLength(tuples.size);
  });
});
