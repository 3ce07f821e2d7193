import type { Violation } from '../../shared/errors';
import { parseInvocation } from '../../shared/protocol/mlflow/invocation';
import { modelFeeds } from '../../shared/protocol/mlflow/model-feeds';
import { parseMlflowSignature } from '../../shared/protocol/mlflow/signature';
import type { TensorSpec } from '../../shared/registry/signature';
import type { Datatype } from '../../shared/tensor/tensor';

function input(name: string, datatype: Datatype, shape?: readonly number[]): TensorSpec {
  return { name, datatype, shape };
}

function feeds(body: string, inputs: readonly TensorSpec[], declared?: unknown, contentType?: string) {
  const { input: sent } = parseInvocation(Buffer.from(body), contentType);
  const mlflow = declared === undefined ? undefined : JSON.stringify(declared);
  return modelFeeds(
    sent,
    { inputs, outputs: [] },
    parseMlflowSignature({ inputs: mlflow, params: undefined }),
  );
}

function problemsOf(...parameters: Parameters<typeof feeds>): readonly Violation[] {
  try {
    feeds(...parameters);
  } catch (error) {
    expect(error).toMatchObject({ code: 'signature-mismatch' });
    if (error instanceof Error && 'violations' in error) return error.violations as readonly Violation[];
  }
  return [];
}

const MATRIX = [input('X', 'FP32', [-1, 2])];
const COLUMNS = [input('age', 'INT64', [-1, 1]), input('city', 'BYTES', [-1, 1])];
const column = (name: string | undefined, type: unknown, more: object = {}) => ({
  ...(name !== undefined && { name }),
  type,
  ...more,
});
const tensor = (dtype: string, shape: readonly number[], name?: string) => ({
  ...(name !== undefined && { name }),
  type: 'tensor',
  'tensor-spec': { dtype, shape },
});
const split = (columns: readonly string[], data: readonly unknown[]) =>
  JSON.stringify({ dataframe_split: { columns, data } });

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
});

describe('modelFeeds with a column signature', () => {
  const declared = [column('b', 'long'), column('a', 'double')];

  test('columns are put in the declared order, extra ones ignored, in every form', () => {
    const data = Float32Array.of(2, 1.5);
    for (const body of [
      split(['a', 'x', 'b'], [[1.5, 'y', 2]]),
      '{"dataframe_records":[{"a":1.5,"b":2}]}',
      '{"inputs":{"a":[1.5],"b":[2]}}',
      '{"inputs":[[2,1.5]]}',
      '{"instances":[{"a":1.5,"b":2}]}',
    ]) {
      expect(feeds(body, MATRIX, declared)).toEqual({
        tensors: { X: { datatype: 'FP32', shape: [1, 2], data } },
        form: 'rows',
        rows: 1,
      });
    }
    expect(feeds('b,a,x\n2,1.5,z', MATRIX, declared, 'text/csv').tensors['X']?.data).toEqual(data);
  });

  test('a signature without names takes columns by place', () => {
    const unnamed = [column(undefined, 'double'), column(undefined, 'double')];
    expect(feeds(split(['p', 'q'], [[1, 2]]), MATRIX, unnamed).tensors['X']?.data).toEqual(
      Float32Array.of(1, 2),
    );
    expect(problemsOf(split(['p'], [[1]]), MATRIX, unnamed)).toMatchObject([
      { expected: '2 columns', received: '1 columns' },
    ]);
  });

  test('an optional column may be missing, where nulls can stand', () => {
    const optional = [column('a', 'double'), column('b', 'double', { required: false })];
    expect(feeds(split(['a'], [[1]]), MATRIX, optional).tensors['X']?.data).toEqual(Float32Array.of(1, NaN));
    expect(
      feeds(split(['a'], [[1]]), MATRIX, [column('a', 'double'), column('b', 'float', { optional: true })])
        .rows,
    ).toBe(1);
  });

  test('a list of scalars is a table of the one column', () => {
    expect(
      feeds('{"inputs":["x","y"]}', [input('t', 'BYTES', [-1, 1])], [column('t', 'string')]),
    ).toMatchObject({
      form: 'rows',
      tensors: { t: { shape: [2, 1], data: ['x', 'y'] } },
    });
  });

  test.each<[unknown, Datatype, unknown, unknown]>([
    ['boolean', 'BOOL', [true, 'False'], [1, 0]],
    ['boolean', 'FP32', [true, false], [1, 0]],
    ['integer', 'INT64', [1, '2'], [1n, 2n]],
    ['long', 'FP64', [1, 2 ** 31], [1, 2 ** 31]],
    ['long', 'INT64', ['9007199254740993', '+1'], [9_007_199_254_740_993n, 1n]],
    ['float', 'FP64', [0.1, null], [Math.fround(0.1), NaN]],
    ['double', 'FP32', [0.1, '-1e-3'], [Math.fround(0.1), Math.fround(-1e-3)]],
    ['string', 'BYTES', ['x', 'ż'], ['x', 'ż']],
    ['binary', 'BYTES', ['xbw=', 'YQ==\n'], ['ż', 'a']],
    ['datetime', 'BYTES', ['2024-02-29', '2024-02-29T10:00:00Z'], ['2024-02-29', '2024-02-29T10:00:00Z']],
    ['datetime', 'INT64', ['1970-01-02', '1970-01-01 00:00:01.5'], [86_400_000_000_000n, 1_500_000_000n]],
    ['datetime', 'INT64', ['1970-01-01T01:00:00+01:00', '1970-01-01T00:00'], [0n, 0n]],
  ])('%s into %s takes %j', (type, datatype, values, data) => {
    const rows = (values as unknown[]).map((value) => [value]);
    const { tensors } = feeds(split(['c'], rows), [input('c', datatype, [-1])], [column('c', type)]);
    expect([...(tensors['c']?.data ?? [])]).toEqual(data);
  });

  test.each<[unknown, Datatype, unknown, string, string]>([
    ['long', 'FP32', 1.5, 'a whole number from -9223372036854775808 to 9223372036854775807 (INT64)', '1.5'],
    ['integer', 'INT64', 2 ** 31, 'a whole number from -2147483648 to 2147483647 (INT32)', '2147483648'],
    ['long', 'FP32', null, 'a whole number from -9223372036854775808 to 9223372036854775807 (INT64)', 'null'],
    ['boolean', 'BOOL', 'maybe', 'true or false (BOOL)', '"maybe"'],
    ['double', 'FP32', 'abc', 'a number (FP64)', '"abc"'],
    ['double', 'FP32', 1e39, 'a number within ±3.4028234663852886e+38 (FP32)', '1e+39'],
    ['string', 'BYTES', 5, 'a text in quotes (BYTES)', '5'],
    ['string', 'FP32', 'x', 'values of FP32', 'values of BYTES'],
    ['binary', 'BYTES', 'not base64!', 'base64 of UTF-8 text', '"not base64!"'],
    ['binary', 'BYTES', '/w==', 'base64 of UTF-8 text', '"/w=="'],
    ['datetime', 'BYTES', 'yesterday', 'an ISO 8601 date and time', '"yesterday"'],
    ['datetime', 'INT64', '2024-13-01', 'an ISO 8601 date and time', '"2024-13-01"'],
    ['datetime', 'INT64', 5, 'an ISO 8601 date and time', '5'],
  ])('%s into %s refuses %j', (type, datatype, value, expected, received) => {
    expect(problemsOf(split(['c'], [[value]]), [input('c', datatype, [-1])], [column('c', type)])).toEqual([
      { pointer: '/dataframe_split/data/0/0', expected, received },
    ]);
  });

  test('lists of a type are stacked', () => {
    const list = column('v', 'array', { items: { type: 'double' } });
    expect(
      feeds('{"dataframe_split":{"columns":["v"],"data":[[[1,2]],[[3,4]]]}}', MATRIX, [list]).tensors['X'],
    ).toEqual({
      datatype: 'FP32',
      shape: [2, 2],
      data: Float32Array.of(1, 2, 3, 4),
    });
  });

  test('a missing required column is named with its type', () => {
    expect(problemsOf(split(['a'], [[1]]), MATRIX, declared)).toEqual([
      { pointer: '/dataframe_split/data', expected: 'a column "b" (long)', received: 'none of that name' },
    ]);
  });
});

describe('modelFeeds with a tensor signature', () => {
  test('an unnamed tensor takes arrays and whole tables, answered as an object', () => {
    const declared = [tensor('float64', [-1, 2])];
    const expected = { form: 'object', tensors: { X: { shape: [1, 2], data: Float32Array.of(1, 2) } } };
    expect(feeds('{"inputs":[[1,2]]}', MATRIX, declared)).toMatchObject(expected);
    expect(feeds(split(['a', 'b'], [[1, 2]]), MATRIX, declared)).toMatchObject(expected);
  });

  test('named tensors take one column each of a table, and arrays by name', () => {
    const declared = [tensor('int64', [-1, 1], 'age'), tensor('str', [-1, 1], 'city')];
    const expected = { form: 'object', tensors: { age: { shape: [1, 1] }, city: { data: ['Oslo'] } } };
    expect(feeds(split(['age', 'city'], [[7, 'Oslo']]), COLUMNS, declared)).toMatchObject(expected);
    expect(feeds('{"inputs":{"age":[[7]],"city":[["Oslo"]]}}', COLUMNS, declared)).toMatchObject(expected);
    expect(problemsOf(split(['age'], [[7]]), COLUMNS, declared)).toMatchObject([
      { expected: 'a column "city"' },
    ]);
  });

  test('the declared shape is held, also where the ONNX file leaves it open', () => {
    expect(problemsOf('{"inputs":[[1,2,3]]}', [input('X', 'FP32')], [tensor('float32', [-1, 2])])).toEqual([
      { pointer: '/inputs', expected: 'shape [-1, 2] for input "X"', received: 'shape [1, 3]' },
    ]);
  });
});
