import { splitInferBody } from '../../shared/protocol/open-inference/binary-body';
import { readBinaryInputs, type BinaryInput } from '../../shared/protocol/open-inference/binary-request';
import { readBinaryTensor } from '../../shared/protocol/open-inference/binary-tensor';
import { DATATYPES, elementCount, type Datatype } from '../../shared/tensor/tensor';
import { seededRandom } from './seeded-random';

const GOLDEN_JSON =
  '{"id":"1","inputs":[{"name":"a","shape":[2],"datatype":"FP32","parameters":{"binary_data_size":8}},' +
  '{"name":"s","shape":[2],"datatype":"BYTES","parameters":{"binary_data_size":11}},' +
  '{"name":"j","shape":[1],"datatype":"INT64","data":[5]}],"outputs":[{"name":"y","parameters":{"binary_data":true}}]}';
const GOLDEN_BINARY = Buffer.from('0000803f000000c00300000061626300000000', 'hex');
const GOLDEN_INPUTS: readonly BinaryInput[] = [
  { name: 'a', datatype: 'FP32', shape: [2], binaryDataSize: 8, pointer: '/inputs/0' },
  { name: 's', datatype: 'BYTES', shape: [2], binaryDataSize: 11, pointer: '/inputs/1' },
];

function faultOf(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

function input(datatype: Datatype, shape: readonly number[], binaryDataSize: number): BinaryInput {
  return { name: 'x', datatype, shape, binaryDataSize, pointer: '/inputs/0' };
}

describe('splitInferBody', () => {
  test('cuts the golden body of 314 bytes after 295 bytes of JSON', () => {
    const body = Buffer.concat([Buffer.from(GOLDEN_JSON), GOLDEN_BINARY]);
    const parts = splitInferBody(body, '295');
    if (parts.kind !== 'json') throw new Error('raw');
    expect(body).toHaveLength(314);
    expect(Buffer.from(parts.json).toString()).toBe(GOLDEN_JSON);
    expect(Buffer.from(parts.binary)).toEqual(GOLDEN_BINARY);
    expect(parts.binary.buffer).toBe(body.buffer);
  });

  test('without the header the whole body is JSON, with 0 it is raw', () => {
    const body = Buffer.from('{}');
    expect(splitInferBody(body, undefined)).toEqual({ kind: 'json', json: body, binary: Buffer.alloc(0) });
    expect(splitInferBody(body, ' 0 ')).toEqual({ kind: 'raw', binary: body });
    expect(splitInferBody(body, '2')).toEqual({ kind: 'json', json: body, binary: Buffer.alloc(0) });
  });

  test.each(['-1', '3', '1.5', 'x', '', '1e1', '99999999999999999999', '0x1', '1, 2'])(
    'refuses the length %j',
    (text) => {
      expect(faultOf(() => splitInferBody(Buffer.from('{}'), text))).toMatchObject({
        code: 'invalid-parameter',
      });
    },
  );
});

describe('readBinaryInputs', () => {
  test('reads the golden vector', () => {
    expect(readBinaryInputs(GOLDEN_BINARY, GOLDEN_INPUTS)).toEqual([
      { datatype: 'FP32', shape: [2], data: Float32Array.of(1, -2) },
      { datatype: 'BYTES', shape: [2], data: ['abc', ''] },
    ]);
  });

  test('an aligned tensor is a view of the body, an unaligned one a copy with the same elements', () => {
    const bytes = new Uint8Array(32);
    const floats = Float32Array.of(1.5, -2.5);
    for (const offset of [0, 1, 2, 3, 4]) {
      bytes.set(new Uint8Array(floats.buffer), offset);
      const [tensor] = readBinaryInputs(bytes.subarray(offset, offset + 8), [input('FP32', [2], 8)]);
      expect(tensor?.data).toEqual(floats);
      const isView = tensor?.datatype === 'FP32' && tensor.data.buffer === bytes.buffer;
      expect(isView).toBe(offset % 4 === 0);
    }
  });

  test('shared memory, which onnxruntime refuses, is copied', () => {
    const bytes = new Uint8Array(new SharedArrayBuffer(8));
    const tensor = readBinaryTensor(bytes, 'FP32', [2], 2);
    expect(tensor.datatype === 'FP32' && tensor.data.buffer instanceof SharedArrayBuffer).toBe(false);
  });

  test('empty tensors take no bytes and scalars one element', () => {
    expect(readBinaryInputs(Buffer.alloc(0), [input('FP64', [0, 3], 0), input('BYTES', [0], 0)])).toEqual([
      { datatype: 'FP64', shape: [0, 3], data: new Float64Array() },
      { datatype: 'BYTES', shape: [0], data: [] },
    ]);
    expect(readBinaryInputs(Buffer.of(7, 0, 0, 0, 0, 0, 0, 0), [input('INT64', [], 8)])).toEqual([
      { datatype: 'INT64', shape: [], data: BigInt64Array.of(7n) },
    ]);
  });

  test.each<[string, Buffer, BinaryInput, string, string, string]>([
    [
      'too few bytes',
      Buffer.alloc(8),
      input('FP32', [3], 8),
      '/inputs/0/parameters/binary_data_size',
      '12 bytes (3 × FP32) for input "x"',
      '8 bytes',
    ],
    [
      'a size past the body',
      Buffer.alloc(4),
      input('FP32', [2], 8),
      '/inputs/0/parameters/binary_data_size',
      'a whole number from 0 to the 4 bytes left of the body (input "x")',
      '8',
    ],
    [
      'a negative size',
      Buffer.alloc(0),
      input('FP32', [0], -1),
      '/inputs/0/parameters/binary_data_size',
      'a whole number from 0 to the 0 bytes left of the body (input "x")',
      '-1',
    ],
    [
      'a broken size',
      Buffer.alloc(0),
      input('FP32', [0], 0.5),
      '/inputs/0/parameters/binary_data_size',
      'a whole number from 0 to the 0 bytes left of the body (input "x")',
      '0.5',
    ],
    [
      'bytes left over',
      Buffer.alloc(5),
      input('FP32', [1], 4),
      '/inputs',
      "4 bytes of binary data, as the inputs' binary_data_size add up to",
      '5 bytes',
    ],
    [
      'a negative shape',
      Buffer.alloc(4),
      input('FP32', [-1], 4),
      '/inputs/0/shape',
      'a shape',
      'dimension 0 is -1, expected a whole number ≥ 0',
    ],
    [
      'a huge shape',
      Buffer.alloc(4),
      input('FP32', [2 ** 30, 2 ** 30], 4),
      '/inputs/0/shape',
      'a shape',
      'the shape holds too many elements',
    ],
    [
      'a text past its end',
      Buffer.from('0500000061', 'hex'),
      input('BYTES', [1], 5),
      '/inputs/0/parameters/binary_data_size',
      'element 0 of at most 1 bytes for input "x"',
      'a length of 5',
    ],
    [
      'texts missing',
      Buffer.from('0400000061616161', 'hex'),
      input('BYTES', [2], 8),
      '/inputs/0/parameters/binary_data_size',
      '2 elements for input "x"',
      '1 elements',
    ],
    [
      'billions of texts',
      Buffer.alloc(8),
      input('BYTES', [2 ** 40], 8),
      '/inputs/0/parameters/binary_data_size',
      '1099511627776 elements, each with a length of 4 bytes for input "x"',
      '8 bytes',
    ],
    [
      'a byte after the texts',
      Buffer.from('010000006161', 'hex'),
      input('BYTES', [1], 6),
      '/inputs/0/parameters/binary_data_size',
      '1 elements for input "x"',
      '1 bytes after the last',
    ],
    [
      'bytes that are no text',
      Buffer.from('01000000ff', 'hex'),
      input('BYTES', [1], 5),
      '/inputs/0/parameters/binary_data_size',
      'text in UTF-8 for input "x"',
      'other bytes in element 0',
    ],
    [
      'U+0000',
      Buffer.from('0100000000', 'hex'),
      input('BYTES', [1], 5),
      '/inputs/0/parameters/binary_data_size',
      'text without U+0000 for input "x"',
      'it in element 0',
    ],
  ])('refuses %s and names the tensor', (_, binary, each, pointer, expected, received) => {
    expect(faultOf(() => readBinaryInputs(binary, [each]))).toMatchObject({
      code: 'invalid-payload',
      violations: [{ pointer, expected, received }],
    });
  });

  test('lists the problems of all inputs at once', () => {
    const second = { ...input('FP32', [1], 99), name: 'z', pointer: '/inputs/1' };
    expect(faultOf(() => readBinaryInputs(Buffer.alloc(4), [input('FP64', [2], 4), second]))).toMatchObject({
      violations: [
        { pointer: '/inputs/0/parameters/binary_data_size' },
        { pointer: '/inputs/1/parameters/binary_data_size' },
      ],
    });
  });

  test('whatever the bytes, sizes and shapes are, it answers tensors that fit or says invalid-payload', () => {
    const random = seededRandom(5);
    const next = (limit: number) => Math.floor(random() * limit);
    const datatypes: Datatype[] = ['BOOL', 'UINT16', 'INT64', 'FP16', 'FP32', 'FP64', 'BYTES', 'BYTES'];
    let read = 0;
    for (let round = 0; round < 100_000; round += 1) {
      const inputs = Array.from({ length: 1 + next(2) }, () => {
        const datatype = datatypes[next(8)] ?? 'FP32';
        const shape = next(4) === 0 ? [] : [next(4), next(3)];
        const wanted = elementCount(shape) * (DATATYPES[datatype].bytes ?? 5);
        return input(datatype, shape, next(3) > 0 ? wanted : next(26) - 1);
      });
      const sum = inputs.reduce((total, { binaryDataSize }) => total + binaryDataSize, 0);
      const binary = Buffer.alloc(next(3) > 0 ? Math.max(0, sum) : next(40));
      for (let at = 0; at < binary.length; at += 1) binary[at] = at % 5 === 0 ? 1 : next(4) * next(40);
      try {
        for (const tensor of readBinaryInputs(binary, inputs)) {
          if (tensor.data.length !== elementCount(tensor.shape)) throw new Error(`round ${round}`);
          read += 1;
        }
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'invalid-payload')) throw error;
      }
    }
    expect(read).toBeGreaterThan(20_000);
  });
});
