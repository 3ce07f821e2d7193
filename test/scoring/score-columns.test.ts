import { ServingError } from '../../shared/errors';
import type { ModelLookup } from '../../shared/scoring/choose-models';
import { scoreColumns } from '../../shared/scoring/score-columns';
import { linearModel } from '../support/onnx-builder';
import { batchOf, byOrigin, model, numbers, only, sessionsOf, text } from './score-fixture';

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
