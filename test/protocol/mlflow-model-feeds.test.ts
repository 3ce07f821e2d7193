import type { Violation } from '../../shared/errors';
import type { TensorSpec } from '../../shared/registry/signature';
import { COLUMNS, MATRIX, feeds, input, problemsOf, split } from './mlflow-feeds';

describe('modelFeeds without an MLflow signature', () => {
  test('a table goes into a model of one input as its matrix, in column order', () => {
    const expected = { X: { datatype: 'FP32', shape: [2, 2], data: Float32Array.of(1, 2, 3, NaN) } };
    expect(
      feeds(
        split(
          ['a', 'b'],
          [
            [1, 2],
            [3, null],
          ],
        ),
        MATRIX,
      ),
    ).toEqual({ tensors: expected, form: 'rows', rows: 2 });
    expect(feeds('a,b\n1,2\n3,\n', MATRIX, undefined, 'text/csv').tensors).toEqual(expected);
    expect(feeds('{"dataframe_records":[{"a":1,"b":"2"},{"a":3}]}', MATRIX).tensors).toEqual(expected);
    expect(feeds('{"dataframe_split":{"data":[[1,2],[3,NaN]]}}', MATRIX).tensors).toEqual(expected);
  });

  test('booleans and texts that are numbers count as numbers', () => {
    expect(feeds(split(['a', 'b'], [[true, '2e1']]), MATRIX).tensors['X']?.data).toEqual(
      Float32Array.of(1, 20),
    );
  });

  test('a model of several inputs takes the column of each name, others are ignored', () => {
    expect(feeds(split(['city', 'x', 'age'], [['Oslo', 0, 7]]), COLUMNS).tensors).toEqual({
      age: { datatype: 'INT64', shape: [1, 1], data: BigInt64Array.of(7n) },
      city: { datatype: 'BYTES', shape: [1, 1], data: ['Oslo'] },
    });
  });

  test('columns fit inputs of one and of two dimensions, and lists in cells those of more', () => {
    const shapes = [input('a', 'FP32', [-1]), input('b', 'FP32', [-1, 2]), input('c', 'FP32')];
    expect(feeds(split(['a', 'b', 'c'], [[1, [2, 3], 4]]), shapes).tensors).toMatchObject({
      a: { shape: [1] },
      b: { shape: [1, 2] },
      c: { shape: [1] },
    });
  });

  test('arrays by name, one array, and instances answer as an object', () => {
    const named = feeds('{"inputs":{"age":[[7]],"city":[["Oslo"]]}}', COLUMNS);
    expect(named).toMatchObject({
      form: 'object',
      tensors: { age: { shape: [1, 1] }, city: { data: ['Oslo'] } },
    });
    expect(feeds('{"inputs":[[1,2]]}', MATRIX)).toMatchObject({
      form: 'object',
      tensors: { X: { shape: [1, 2] } },
    });
    expect(feeds('{"instances":[[1,2]]}', MATRIX)).toMatchObject({
      form: 'object',
      tensors: { X: { shape: [1, 2] } },
    });
    expect(feeds('{"instances":[{"age":7,"city":"Oslo"}]}', COLUMNS)).toMatchObject({
      tensors: { age: { shape: [1, 1] } },
    });
  });

  test('a list of scalars is rows of one value', () => {
    expect(feeds('{"instances":["a","b"]}', [input('text', 'BYTES', [-1, 1])]).tensors).toEqual({
      text: { datatype: 'BYTES', shape: [2, 1], data: ['a', 'b'] },
    });
    expect(feeds('{"instances":[[1],[2]]}', [input('x', 'FP32', [-1])]).tensors).toMatchObject({
      x: { shape: [2] },
    });
  });

  test.each<[string, string, readonly TensorSpec[], readonly Violation[]]>([
    [
      'missing columns, all at once',
      split(['x'], [[1]]),
      COLUMNS,
      [
        {
          pointer: '/dataframe_split/data',
          expected: 'a column "age" (INT64)',
          received: 'none of that name',
        },
        {
          pointer: '/dataframe_split/data',
          expected: 'a column "city" (BYTES)',
          received: 'none of that name',
        },
      ],
    ],
    [
      'a matrix of another width',
      split(['a'], [[1]]),
      MATRIX,
      [
        {
          pointer: '/dataframe_split/data',
          expected: 'shape [-1, 2] for input "X"',
          received: 'shape [1, 1]',
        },
      ],
    ],
    [
      'values of another type, by cell',
      split(
        ['a', 'b'],
        [
          [1, 'x'],
          ['y', 2],
        ],
      ),
      MATRIX,
      [
        { pointer: '/dataframe_split/data/1/0', expected: 'a number (FP32)', received: '"y"' },
        { pointer: '/dataframe_split/data/0/1', expected: 'a number (FP32)', received: '"x"' },
      ],
    ],
    [
      'lists where one value belongs',
      split(['a', 'b'], [[1, [2, 3]]]),
      MATRIX,
      [
        {
          pointer: '/dataframe_split/data/0/1',
          expected: 'one value a cell, as the model takes all columns in one matrix',
          received: 'a list',
        },
      ],
    ],
    [
      'lists of several lengths',
      '{"dataframe_split":{"columns":["X"],"data":[[[1,2]],[[1]]]}}',
      MATRIX,
      [
        {
          pointer: '/dataframe_split/data/0/0',
          expected: 'rows of one shape',
          received: 'lists of several lengths',
        },
      ],
    ],
    [
      'unknown and missing names',
      '{"inputs":{"age":[[7]],"town":[["Oslo"]]}}',
      COLUMNS,
      [
        { pointer: '/inputs/town', expected: 'one of "age", "city"', received: 'an input of another name' },
        { pointer: '/inputs', expected: 'an input "city" (BYTES)', received: 'none of that name' },
      ],
    ],
    [
      'one array for several inputs',
      '{"inputs":[[1]]}',
      COLUMNS,
      [{ pointer: '/inputs', expected: 'an object with the inputs "age", "city"', received: 'one array' }],
    ],
    [
      'rows of several lengths',
      '{"inputs":[[1,2],[3]]}',
      MATRIX,
      [
        {
          pointer: '/inputs',
          expected: 'shape [-1, 2] for input "X"',
          received: 'rows of several lengths or depths',
        },
      ],
    ],
    [
      'a value out of range',
      '{"inputs":[[1,1e39]]}',
      MATRIX,
      [
        {
          pointer: '/inputs/0/1',
          expected: 'a number within ±3.4028234663852886e+38 (FP32)',
          received: '1e+39',
        },
      ],
    ],
  ])('refuses %s', (_, body, inputs, problems) => {
    expect(problemsOf(body, inputs)).toEqual(problems);
  });

  test('records that each have names of their own cost no more than their body', () => {
    const records = Array.from({ length: 20_000 }, (_, row) => ({ [`n${row}`]: 1 }));
    const body = JSON.stringify({ dataframe_records: records });
    expect(problemsOf(body, MATRIX)).toMatchObject([{ received: 'shape [20000, 20000]' }]);
    expect(() => feeds(body, [input('X', 'FP32', [-1, -1])])).toThrow('The table has 20000 × 20000 cells');
    expect(() => feeds(JSON.stringify({ instances: records }), MATRIX)).toThrow(
      '/instances/0: expected an object of n0, n1',
    );
  });
});
