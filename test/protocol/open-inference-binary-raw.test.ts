import { readRawInput } from '../../shared/protocol/open-inference/binary-request';
import type { Datatype } from '../../shared/tensor/tensor';

function faultOf(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

describe('readRawInput', () => {
  const model = (datatype: Datatype, shape: readonly number[] | undefined, count = 1) => ({
    inputs: Array.from({ length: count }, (_, index) => ({ name: `x${index}`, datatype, shape })),
    outputs: [],
  });

  test.each<[Datatype, readonly number[], number, readonly number[]]>([
    ['FP32', [-1, 3], 24, [2, 3]],
    ['FP32', [-1, -1], 24, [1, 6]],
    ['FP32', [2, 3], 24, [2, 3]],
    ['UINT8', [], 1, []],
    ['INT64', [-1], 0, [0]],
  ])('%s %p of %d bytes has shape %p', (datatype, shape, size, expected) => {
    expect(readRawInput(Buffer.alloc(size), model(datatype, shape))).toMatchObject({
      x0: { datatype, shape: expected },
    });
  });

  test('for BYTES the body is the one text', () => {
    expect(readRawInput(Buffer.from('zażółć'), model('BYTES', [-1, 1]))).toEqual({
      x0: { datatype: 'BYTES', shape: [1, 1], data: ['zażółć'] },
    });
  });

  test.each<[string, Buffer, ReturnType<typeof model>, string]>([
    [
      'two inputs',
      Buffer.alloc(4),
      model('FP32', [-1], 2),
      'the model takes 2 inputs, expected one input of known rank',
    ],
    ['an unknown rank', Buffer.alloc(4), model('FP32', undefined), 'expected one input of known rank'],
    [
      'half a row',
      Buffer.alloc(8),
      model('FP32', [-1, 3]),
      'it holds 2 elements, expected a multiple of 3 for input "x0"',
    ],
    ['half an element', Buffer.alloc(3), model('FP32', [-1]), 'it holds 0.75 elements'],
    [
      'another fixed size',
      Buffer.alloc(8),
      model('FP32', [3]),
      'it holds 8 bytes, expected 12 bytes (3 × FP32)',
    ],
    ['no row of fixed size 0', Buffer.alloc(4), model('FP32', [-1, 0]), 'expected 0 bytes'],
    ['several texts', Buffer.from('a'), model('BYTES', [2]), 'BYTES [2], expected one text'],
    ['bytes that are no text', Buffer.of(255), model('BYTES', [1]), 'expected text in UTF-8'],
  ])('refuses %s', (_, body, signature, message) => {
    expect(faultOf(() => readRawInput(body, signature))).toMatchObject({
      code: 'invalid-payload',
      message: expect.stringContaining(message) as string,
    });
  });
});
