import { readBinaryInputs } from '../../shared/protocol/open-inference/binary-request';
import { encodeInferAnswer, wantsBinary } from '../../shared/protocol/open-inference/binary-response';
import { binaryOfTensor } from '../../shared/protocol/open-inference/binary-tensor';
import { parseTensor } from '../../shared/tensor/parse-tensor';
import type { Tensor } from '../../shared/tensor/tensor';

function faultOf(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

describe('encodeInferAnswer', () => {
  const y: Tensor = { datatype: 'FP32', shape: [2], data: Float32Array.of(1, -2) };
  const s: Tensor = { datatype: 'BYTES', shape: [2], data: ['abć', ''] };
  const answer = { id: '1', modelName: 'm', modelVersion: '3' };

  test('writes JSON, then the binary outputs in order, and counts the JSON in bytes', () => {
    const { body, headers } = encodeInferAnswer({
      ...answer,
      outputs: [
        { name: 'ż', tensor: s, isBinary: true },
        { name: 'j', tensor: y, isBinary: false, parameters: { note: 'x' } },
        { name: 'y', tensor: y, isBinary: true },
      ],
    });
    const length = Number(headers['Inference-Header-Content-Length']);
    expect(headers['Content-Type']).toBe('application/octet-stream');
    expect(JSON.parse(Buffer.from(body.subarray(0, length)).toString())).toEqual({
      id: '1',
      model_name: 'm',
      model_version: '3',
      outputs: [
        { name: 'ż', datatype: 'BYTES', shape: [2], parameters: { binary_data_size: 12 } },
        { name: 'j', datatype: 'FP32', shape: [2], parameters: { note: 'x' }, data: [1, -2] },
        { name: 'y', datatype: 'FP32', shape: [2], parameters: { binary_data_size: 8 } },
      ],
    });
    expect(Buffer.from(body.subarray(length)).toString('hex')).toBe(
      '040000006162c487' + '00000000' + '0000803f000000c0',
    );
  });

  test('is plain JSON without the header where no binary byte follows', () => {
    const empty: Tensor = { datatype: 'FP32', shape: [0], data: new Float32Array() };
    const { body, headers } = encodeInferAnswer({
      ...answer,
      parameters: { k: 1 },
      outputs: [
        { name: 'e', tensor: empty, isBinary: true },
        { name: 'f', tensor: empty, isBinary: false },
      ],
    });
    expect(headers).toEqual({ 'Content-Type': 'application/json' });
    expect(JSON.parse(Buffer.from(body).toString())).toEqual({
      id: '1',
      model_name: 'm',
      model_version: '3',
      parameters: { k: 1 },
      outputs: [
        { name: 'e', datatype: 'FP32', shape: [0], parameters: { binary_data_size: 0 } },
        { name: 'f', datatype: 'FP32', shape: [0], data: [] },
      ],
    });
  });

  test('what it writes as binary reads back, for every datatype', () => {
    const tensors: Tensor[] = [
      { datatype: 'BOOL', shape: [2], data: Uint8Array.of(1, 0) },
      { datatype: 'INT8', shape: [1], data: Int8Array.of(-3) },
      { datatype: 'UINT16', shape: [1], data: Uint16Array.of(65_535) },
      { datatype: 'INT32', shape: [1], data: Int32Array.of(-7) },
      { datatype: 'UINT64', shape: [1], data: BigUint64Array.of(2n ** 64n - 1n) },
      { datatype: 'FP16', shape: [2], data: Uint16Array.of(0x3c00, 0x7e00) },
      { datatype: 'FP64', shape: [2], data: Float64Array.of(0.1, -Infinity) },
      s,
    ];
    const inputs = tensors.map(({ datatype, shape, ...tensor }) => {
      const binaryDataSize = binaryOfTensor(parseTensor(datatype, shape, tensor.data)).length;
      return { name: 'x', datatype, shape, binaryDataSize, pointer: '/inputs/0' };
    });
    expect(readBinaryInputs(Buffer.concat(tensors.map(binaryOfTensor)), inputs)).toEqual(tensors);
  });

  test('an infinity goes as binary, and is refused as JSON with its place', () => {
    const tensor: Tensor = { datatype: 'FP32', shape: [2], data: Float32Array.of(NaN, -Infinity) };
    const outputs = (isBinary: boolean) => [{ name: 'y', tensor, isBinary }];
    expect(encodeInferAnswer({ ...answer, outputs: outputs(true) }).body.length).toBeGreaterThan(8);
    expect(faultOf(() => encodeInferAnswer({ ...answer, outputs: outputs(false) }))).toMatchObject({
      code: 'inference-failed',
      message: 'The output "y" holds -Infinity at element 1, which JSON cannot carry; ask for binary data',
    });
  });
});

describe('wantsBinary', () => {
  test.each([
    [{ binary_data: true }, { binary_data_output: false }, true],
    [{ binary_data: false }, { binary_data_output: true }, false],
    [{}, { binary_data_output: true }, true],
    [undefined, { binary_data_output: true }, true],
    [{ classification: 1 }, {}, false],
    [undefined, undefined, false],
    [{ binary_data: 'true' }, undefined, false],
  ])('output %p with request %p is %p', (output, request, expected) => {
    expect(wantsBinary(output, request)).toBe(expected);
  });
});
