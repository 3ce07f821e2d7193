import { scoreColumns } from '../../shared/scoring/score-columns';
import { identityModel } from '../support/onnx-builder';
import { batchOf, model, numbers, only, sessionsOf, text } from './score-fixture';

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
