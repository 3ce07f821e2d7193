import type { Datatype } from '../../shared/tensor/tensor';
import { COLUMNS, MATRIX, column, feeds, input, problemsOf, split, tensor } from './mlflow-feeds';

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
