import { parseInvocation } from '../../shared/protocol/mlflow/invocation';
import { parseCsvTable } from '../../shared/protocol/mlflow/csv-table';
import type { Table } from '../../shared/protocol/mlflow/table';

function parse(body: string, contentType?: string) {
  return parseInvocation(Buffer.from(body), contentType);
}

function tableOf(body: string, contentType?: string): Table {
  const { input } = parse(body, contentType);
  if (input.kind !== 'table') throw new Error(`a ${input.kind}`);
  return input.table;
}

function columnsOf(table: Table) {
  return Object.fromEntries(table.columns.map(({ name, values }) => [String(name), [...values]]));
}

function faultOf(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

describe('parseInvocation', () => {
  test.each<[string, string, Record<string, unknown[]>]>([
    [
      'a split frame as pandas writes it, with its index',
      '{"dataframe_split":{"index":[0,1],"columns":["age","city"],"data":[[21,"Oslo"],[null,"Rome"]]}}',
      { age: [21, null], city: ['Oslo', 'Rome'] },
    ],
    [
      'numbers only',
      '{"dataframe_split":{"columns":["a","b"],"data":[[1,2.5],[3,NaN]]}}',
      { a: [1, 3], b: [2.5, NaN] },
    ],
    [
      'long integers',
      '{"dataframe_split":{"columns":["a"],"data":[[9007199254740993],[1]]}}',
      { a: [9_007_199_254_740_993n, 1] },
    ],
    [
      'lists in cells',
      '{"dataframe_split":{"columns":["a","b"],"data":[[1,[1,2]],[2,[3,4]]]}}',
      {
        a: [1, 2],
        b: [
          [1, 2],
          [3, 4],
        ],
      },
    ],
    [
      'columns that are numbers',
      '{"dataframe_split":{"columns":[0,1],"data":[["x",1]]}}',
      { 0: ['x'], 1: [1] },
    ],
    ['no names', '{"dataframe_split":{"data":[["x"],["y"]]}}', { undefined: ['x', 'y'] }],
    ['no rows', '{"dataframe_split":{"columns":["a"],"data":[]}}', { a: [] }],
    [
      'records, a missing member is null',
      '{"dataframe_records":[{"a":1},{"b":"x","a":2},{}]}',
      { a: [1, 2, null], b: [null, 'x', null] },
    ],
  ])('reads %s', (_, body, columns) => {
    expect(columnsOf(tableOf(body))).toEqual(columns);
  });

  test('names cells by their JSON pointer', () => {
    expect(tableOf('{"dataframe_split":{"columns":["a"],"data":[[1]]}}').pointer(3, 0)).toBe(
      '/dataframe_split/data/3/0',
    );
    expect(tableOf('{"dataframe_records":[{"a/b":1}]}').pointer(3, 0)).toBe('/dataframe_records/3/a~1b');
  });

  test.each<[string, unknown]>([
    ['{"inputs":{"x":[[1,2]],"y":[3]}}', { kind: 'named', pointer: '/inputs' }],
    ['{"inputs":[[1,2]]}', { kind: 'array', pointer: '/inputs' }],
    ['{"instances":[[1,2],[3,4]]}', { kind: 'array', pointer: '/instances' }],
    ['{"instances":["a","b"]}', { kind: 'array', value: ['a', 'b'] }],
    ['{"instances":[]}', { kind: 'array', value: [] }],
  ])('%s is one array or several by name', (body, input) => {
    expect(parse(body).input).toMatchObject(input as object);
  });

  test('instances that are objects are turned into one array a name', () => {
    const { input } = parse('{"instances":[{"a":1,"b":[1,2]},{"b":[3,4],"a":2}]}');
    if (input.kind !== 'named') throw new Error(input.kind);
    expect([...input.tensors.keys()]).toEqual(['a', 'b']);
    expect(input.tensors.get('a')).toEqual([1, 2]);
  });

  test('params come along, other members are ignored', () => {
    expect(parse('{"inputs":[1],"params":{"k":3},"more":1}').params).toEqual(new Map([['k', 3]]));
    expect(parse('{"inputs":[1],"params":null}').params).toBeUndefined();
  });

  test.each([
    undefined,
    'application/json',
    'application/json; charset=UTF-8',
    'Application/JSON;charset="utf-8"',
  ])('the content type %s is JSON', (contentType) => {
    expect(parse('{"inputs":[1]}', contentType).input.kind).toBe('array');
  });

  test.each([
    'text/plain',
    'application/json; charset=latin1',
    'application/json; boundary=x',
    'multipart/form-data',
  ])('the content type %s is not served', (contentType) => {
    expect(faultOf(() => parse('{"inputs":[1]}', contentType))).toMatchObject({
      code: 'unsupported-media-type',
    });
  });

  test.each<[string, string, string, string]>([
    [
      '[[1,2]]',
      '',
      'an object with one of dataframe_split, dataframe_records, instances, inputs',
      'an array',
    ],
    ['{}', '', 'exactly one of dataframe_split, dataframe_records, instances, inputs', 'none of them'],
    [
      '{"messages":[]}',
      '',
      'exactly one of dataframe_split, dataframe_records, instances, inputs',
      'none of them',
    ],
    [
      '{"inputs":[1],"instances":[1]}',
      '',
      'exactly one of dataframe_split, dataframe_records, instances, inputs',
      'instances and inputs',
    ],
    ['{"inputs":[1],"params":[1]}', '/params', 'an object', 'an array'],
    ['{"inputs":1}', '/inputs', 'an array, or an object of arrays by input name', '1'],
    ['{"dataframe_split":[[1]]}', '/dataframe_split', 'an object of columns, index, data', 'an array'],
    [
      '{"dataframe_split":{"data":[],"rows":1}}',
      '/dataframe_split/rows',
      'only columns, index, data',
      'a member of that name',
    ],
    ['{"dataframe_split":{"columns":["a"]}}', '/dataframe_split/data', 'an array of rows', 'nothing'],
    ['{"dataframe_split":{"columns":"a","data":[]}}', '/dataframe_split/columns', 'an array', '"a"'],
    [
      '{"dataframe_split":{"columns":["a","b"],"data":[["x",1],["y"]]}}',
      '/dataframe_split/data/1',
      'an array of 2 cells, one a column',
      '1 cells',
    ],
    [
      '{"dataframe_split":{"columns":["a","b"],"data":[[1]]}}',
      '/dataframe_split/data/0',
      'an array of 2 cells, one a column',
      '1 cells',
    ],
    [
      '{"dataframe_split":{"data":[["x"],"y"]}}',
      '/dataframe_split/data/1',
      'an array of as many cells as the first row',
      '"y"',
    ],
    ['{"dataframe_records":{"a":1}}', '/dataframe_records', 'an array of objects', 'an object'],
    ['{"dataframe_records":[{"a":1},[2]]}', '/dataframe_records/1', 'an object', 'an array'],
    ['{"instances":[{"a":1},[2]]}', '/instances/1', 'an object, like the first', 'an array'],
    ['{"instances":[{"a":1},{"b":2}]}', '/instances/0', 'an object of a, b', 'an object'],
  ])('%s is refused at %j', (body, pointer, expected, received) => {
    expect(faultOf(() => parse(body))).toMatchObject({
      code: 'invalid-payload',
      violations: [{ pointer, expected, received }],
    });
  });
});

describe('parseCsvTable', () => {
  const csv = (text: string) => columnsOf(parseCsvTable(Buffer.from(text)));

  test.each<[string, Record<string, unknown[]>]>([
    ['a,b\n1,x\n2,y\n', { a: ['1', '2'], b: ['x', 'y'] }],
    ['a,b\r\n1,x\r2,y', { a: ['1', '2'], b: ['x', 'y'] }],
    ['"a","b c"\n"1,2","say ""hi"""\n', { a: ['1,2'], 'b c': ['say "hi"'] }],
    ['a,b\n"two\nlines",1\n', { a: ['two\nlines'], b: ['1'] }],
    ['a,b\n,NA\nnull,NaN\n', { a: [null, null], b: [null, null] }],
    ['a\n\n1\n\n', { a: ['1'] }],
    ['a,\n1,\n', { a: ['1'], '': [null] }],
    ['a,b\n1,', { a: ['1'], b: [null] }],
    ['\ufeffa\nż', { a: ['ż'] }],
    ['a,b', { a: [], b: [] }],
  ])('reads %j', (text, columns) => {
    expect(csv(text)).toEqual(columns);
  });

  test.each([
    ['', 'The CSV has no line with column names'],
    ['a,b\n1,2\n3\n', 'Line 3 of the CSV has 1 cells, the first line names 2 columns'],
    ['a\n"two\nlines"\n1,2', 'Line 4 of the CSV has 2 cells, the first line names 1 columns'],
    ['a\n"open', 'A quote opened in line 2 of the CSV is not closed'],
    ['a\n"x"y\n', 'In line 2 of the CSV, "y" follows a closing quote'],
  ])('%j is refused with the line', (text, message) => {
    expect(() => csv(text)).toThrow(message);
  });

  test('names a cell by line and column', () => {
    expect(parseCsvTable(Buffer.from('a,b\n"x\ny",1\n2,3')).pointer(1, 1)).toBe('line 4, column "b"');
  });

  test('comes in by its content type', () => {
    expect(columnsOf(tableOf('a\n1\n', 'text/csv; charset=utf-8'))).toEqual({ a: ['1'] });
  });
});
