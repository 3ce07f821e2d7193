import { nestedTensorJson, tensorDataJson } from '../../shared/protocol/tensor-json-text';
import type { Tensor } from '../../shared/tensor/tensor';

describe('tensorDataJson', () => {
  test.each<[Tensor, string]>([
    [{ datatype: 'FP32', shape: [1, 3], data: Float32Array.of(1.5, NaN, -2) }, '[1.5,null,-2]'],
    [{ datatype: 'FP64', shape: [2], data: Float64Array.of(0.1, 1e300) }, '[0.1,1e+300]'],
    [{ datatype: 'FP16', shape: [2], data: Uint16Array.of(0x3c00, 0x7e00) }, '[1,null]'],
    [{ datatype: 'BOOL', shape: [2], data: Uint8Array.of(1, 0) }, '[true,false]'],
    [{ datatype: 'UINT8', shape: [2], data: Uint8Array.of(1, 255) }, '[1,255]'],
    [{ datatype: 'INT64', shape: [1], data: BigInt64Array.of(2n ** 53n + 1n) }, '[9007199254740993]'],
    [{ datatype: 'BYTES', shape: [2], data: ['a"b', 'ż'] }, '["a\\"b","ż"]'],
    [{ datatype: 'INT32', shape: [0], data: new Int32Array() }, '[]'],
  ])('%p is %s', (tensor, json) => {
    expect(tensorDataJson(tensor, 'y')).toBe(json);
  });
});

describe('nestedTensorJson', () => {
  test.each([
    [[2, 3], '[[1,2,3],[4,5,6]]'],
    [[3, 1, 2], '[[[1,2]],[[3,4]],[[5,6]]]'],
    [[6], '[1,2,3,4,5,6]'],
  ])('shape %p is %s', (shape, json) => {
    expect(nestedTensorJson({ datatype: 'INT32', shape, data: Int32Array.of(1, 2, 3, 4, 5, 6) }, 'y')).toBe(
      json,
    );
  });

  test('empty tensors keep their rows, a scalar is its element', () => {
    expect(nestedTensorJson({ datatype: 'INT32', shape: [2, 0], data: new Int32Array() }, 'y')).toBe(
      '[[],[]]',
    );
    expect(nestedTensorJson({ datatype: 'INT32', shape: [0, 2], data: new Int32Array() }, 'y')).toBe('[]');
    expect(nestedTensorJson({ datatype: 'BYTES', shape: [], data: ['x'] }, 'y')).toBe('"x"');
  });
});
