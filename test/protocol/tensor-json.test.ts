import type { Violation } from '../../shared/errors';
import { parseJson } from '../../shared/protocol/json-document';
import { readTensorJson, reshaped } from '../../shared/protocol/tensor-json';
import type { Datatype } from '../../shared/tensor/tensor';

function read(json: string, datatype: Datatype) {
  const problems: Violation[] = [];
  const tensor = readTensorJson(parseJson(Buffer.from(json)), datatype, '/data', problems);
  return { tensor, problems };
}

describe('readTensorJson', () => {
  test.each<[Datatype, string, unknown, readonly number[] | undefined]>([
    ['FP32', '[[1,2.5],[3,-4]]', Float32Array.of(1, 2.5, 3, -4), [2, 2]],
    ['FP64', '[0.1,1e300]', Float64Array.of(0.1, 1e300), [2]],
    ['FP16', '[1,-2,65504,0.1]', Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x2e66), [4]],
    [
      'FP32',
      '[null,"NaN",NaN,"-Infinity",Infinity,1]',
      Float32Array.of(NaN, NaN, NaN, -Infinity, Infinity, 1),
      [6],
    ],
    ['FP32', '[9007199254740993,null]', Float32Array.of(9_007_199_254_740_992, NaN), [2]],
    ['FP32', '3.5', Float32Array.of(3.5), []],
    ['FP32', '[]', new Float32Array(), [0]],
    ['FP32', '[[],[]]', new Float32Array(), [2, 0]],
    ['FP32', '[[1,2],[3]]', Float32Array.of(1, 2, 3), undefined],
    ['FP32', '[[1,null],[3]]', Float32Array.of(1, NaN, 3), undefined],
    ['FP32', '[[[1]],null]', Float32Array.of(1, NaN), undefined],
    ['UINT8', '[0,255]', Uint8Array.of(0, 255), [2]],
    ['INT8', '[-128,127.0]', Int8Array.of(-128, 127), [2]],
    ['UINT16', '[65535]', Uint16Array.of(65_535), [1]],
    ['INT16', '[-32768]', Int16Array.of(-32_768), [1]],
    ['UINT32', '[4294967295]', Uint32Array.of(4_294_967_295), [1]],
    ['INT32', '[-2147483648,1e3]', Int32Array.of(-2_147_483_648, 1_000), [2]],
    ['INT64', '[5]', BigInt64Array.of(5n), [1]],
    [
      'INT64',
      '[[9007199254740993],[-9223372036854775808]]',
      BigInt64Array.of(2n ** 53n + 1n, -(2n ** 63n)),
      [2, 1],
    ],
    ['INT64', '9007199254740993', BigInt64Array.of(2n ** 53n + 1n), []],
    ['UINT64', '[18446744073709551615]', BigUint64Array.of(2n ** 64n - 1n), [1]],
    ['BOOL', '[true,false,1,0]', Uint8Array.of(1, 0, 1, 0), [4]],
    ['BOOL', '[[1],[0]]', Uint8Array.of(1, 0), [2, 1]],
    ['BYTES', '[["a","é"],["","x"]]', ['a', 'é', '', 'x'], [2, 2]],
    ['BYTES', '"one"', ['one'], []],
  ])('%s takes %s', (datatype, json, data, shape) => {
    const { tensor, problems } = read(json, datatype);
    expect(problems).toEqual([]);
    expect(tensor).toEqual({ shape, flat: { datatype, shape: [(data as { length: number }).length], data } });
  });

  test.each<[Datatype, string, Violation]>([
    ['FP32', '[[1],["x"]]', { pointer: '/data/1/0', expected: 'a number (FP32)', received: '"x"' }],
    [
      'FP32',
      '[1e39]',
      { pointer: '/data/0', expected: 'a number within ±3.4028234663852886e+38 (FP32)', received: '1e+39' },
    ],
    ['FP16', '[65520]', { pointer: '/data/0', expected: 'a number within ±65504 (FP16)', received: '65520' }],
    ['FP32', '[true]', { pointer: '/data/0', expected: 'a number (FP32)', received: 'true' }],
    ['FP64', '[{"a":1}]', { pointer: '/data/0', expected: 'a number (FP64)', received: 'an object' }],
    [
      'UINT8',
      '[[1,2],[300,4]]',
      { pointer: '/data/1/0', expected: 'a whole number from 0 to 255 (UINT8)', received: '300' },
    ],
    [
      'INT32',
      '[1.7]',
      {
        pointer: '/data/0',
        expected: 'a whole number from -2147483648 to 2147483647 (INT32)',
        received: '1.7',
      },
    ],
    [
      'INT32',
      '[null]',
      {
        pointer: '/data/0',
        expected: 'a whole number from -2147483648 to 2147483647 (INT32)',
        received: 'null',
      },
    ],
    [
      'INT64',
      '[1.5]',
      {
        pointer: '/data/0',
        expected: 'a whole number from -9223372036854775808 to 9223372036854775807 (INT64)',
        received: '1.5',
      },
    ],
    [
      'INT64',
      '[9223372036854775808]',
      {
        pointer: '/data/0',
        expected: 'a whole number from -9223372036854775808 to 9223372036854775807 (INT64)',
        received: '9223372036854775808',
      },
    ],
    [
      'UINT64',
      '[-1]',
      {
        pointer: '/data/0',
        expected: 'a whole number from 0 to 18446744073709551615 (UINT64)',
        received: '-1',
      },
    ],
    ['BOOL', '[2]', { pointer: '/data/0', expected: 'true or false (BOOL)', received: '2' }],
    ['BYTES', '[1]', { pointer: '/data/0', expected: 'a text in quotes (BYTES)', received: '1' }],
    ['BYTES', '["a",null]', { pointer: '/data/1', expected: 'a text in quotes (BYTES)', received: 'null' }],
    [
      'BYTES',
      '["a\\u0000b"]',
      { pointer: '/data/0', expected: 'a text without U+0000 (BYTES)', received: '"a\\u0000b"' },
    ],
    [
      'INT8',
      '[[1,2],[300]]',
      { pointer: '/data', expected: 'a whole number from -128 to 127 (INT8) at element 2', received: '300' },
    ],
    [
      'INT8',
      '300',
      { pointer: '/data', expected: 'a whole number from -128 to 127 (INT8)', received: '300' },
    ],
  ])('%s refuses %s and says where', (datatype, json, violation) => {
    expect(read(json, datatype)).toEqual({ tensor: undefined, problems: [violation] });
  });

  test('lists ten problems of a tensor and counts the others', () => {
    const { problems } = read(JSON.stringify(Array.from({ length: 1_000 }, () => 1.5)), 'INT8');
    expect(problems).toHaveLength(10);
    expect(problems[9]?.received).toBe('1.5, and 990 more elements like this');
  });
});

describe('reshaped', () => {
  test('keeps the elements and refuses a shape of another size', () => {
    const flat = { datatype: 'FP32', shape: [4], data: Float32Array.of(1, 2, 3, 4) } as const;
    expect(reshaped(flat, [2, 2])).toEqual({ ...flat, shape: [2, 2] });
    expect(() => reshaped(flat, [3])).toThrow('[3] does not hold 4 elements');
  });
});
