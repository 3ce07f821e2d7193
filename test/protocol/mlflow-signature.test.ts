import { parseJson } from '../../shared/protocol/json-document';
import { checkParams } from '../../shared/protocol/mlflow/params';
import { parseMlflowSignature } from '../../shared/protocol/mlflow/signature';

const parse = (inputs: unknown, params?: unknown) =>
  parseMlflowSignature({
    inputs: JSON.stringify(inputs),
    params: params === undefined ? undefined : JSON.stringify(params),
  });

describe('parseMlflowSignature', () => {
  test('reads columns, required or not', () => {
    expect(
      parse([
        { name: 'age', type: 'long', required: true },
        { name: 'city', type: 'string', required: false },
        { name: 'old', type: 'double', optional: true },
        { name: 'list', type: 'array', items: { type: 'float' } },
      ]),
    ).toEqual({
      inputs: {
        kind: 'columns',
        columns: [
          { name: 'age', type: 'long', isRequired: true },
          { name: 'city', type: 'string', isRequired: false },
          { name: 'old', type: 'double', isRequired: false },
          { name: 'list', type: { array: 'float' }, isRequired: true },
        ],
      },
      params: undefined,
    });
  });

  test('reads tensors, scalars and numpy text types too', () => {
    expect(
      parse([
        { name: 'x', type: 'tensor', 'tensor-spec': { dtype: 'float32', shape: [-1, 3] } },
        { name: 's', type: 'tensor', 'tensor-spec': { dtype: '<U12', shape: [] } },
      ])?.inputs,
    ).toEqual({
      kind: 'tensors',
      tensors: [
        { name: 'x', datatype: 'FP32', shape: [-1, 3] },
        { name: 's', datatype: 'BYTES', shape: [] },
      ],
    });
  });

  test('is undefined where no inputs are declared', () => {
    expect(parseMlflowSignature({ inputs: undefined, params: undefined })).toBeUndefined();
    expect(parse([])).toBeUndefined();
  });

  test.each<[unknown, string]>([
    [{ a: 1 }, 'at inputs: expected an array of objects'],
    [
      [{ name: 'a', type: 'map', values: { type: 'double' } }],
      'at inputs/0: expected a type that ONNX has, it is "map"',
    ],
    [[{ name: 'a', type: 'array' }], 'at inputs/0: expected a type that ONNX has, it is "array"'],
    [[{ type: 'tensor', 'tensor-spec': { dtype: 'complex64', shape: [-1] } }], 'its dtype is "complex64"'],
    [[{ type: 'tensor', 'tensor-spec': { dtype: 'float32' } }], 'and a shape'],
    [[{ type: 'tensor' }], 'its dtype is nothing'],
    [
      [{ type: 'tensor', 'tensor-spec': { dtype: 'float32', shape: [1] } }, { type: 'long' }],
      'either columns or tensors',
    ],
    [
      [
        { type: 'tensor', 'tensor-spec': { dtype: 'float32', shape: [1] } },
        { type: 'tensor', name: 'b', 'tensor-spec': { dtype: 'float32', shape: [1] } },
      ],
      'a name for each tensor',
    ],
  ])('%j is refused', (inputs, message) => {
    expect(() => parse(inputs)).toThrow(message);
  });
});

describe('checkParams', () => {
  const schema = parse(
    [{ type: 'double' }],
    [
      { name: 'k', type: 'long', default: 3, shape: null },
      { name: 'tags', dtype: 'string', default: ['a'], shape: [-1] },
    ],
  )?.params;
  const check = (json: string) => {
    const params = parseJson(Buffer.from(json));
    return Object.fromEntries(checkParams(params instanceof Map ? params : undefined, schema));
  };

  test('fills defaults and drops unknown names', () => {
    expect(check('{"k":5,"other":1}')).toEqual({ k: 5, tags: ['a'] });
    expect(Object.fromEntries(checkParams(undefined, schema))).toEqual({ k: 3, tags: ['a'] });
    expect(checkParams(new Map([['k', 1]]), undefined).size).toBe(0);
  });

  test.each([
    ['{"k":1.5}', '/params/k: expected a whole number'],
    ['{"k":[1]}', '/params/k: expected one value, received a list'],
    ['{"tags":"a"}', '/params/tags: expected a list, received one value'],
    ['{"tags":["a",1]}', '/params/tags/1: expected a text in quotes'],
  ])('%s is refused', (json, message) => {
    expect(() => check(json)).toThrow(message);
  });

  test('a param needs a name', () => {
    expect(() => parse([{ type: 'double' }], [{ type: 'long' }])).toThrow('params/0: expected a name');
  });
});
