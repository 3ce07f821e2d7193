import { InferenceSession, Tensor } from 'onnxruntime-node';
import { type ElemType, identityModel, linearModel, zipMapModel } from './onnx-builder';

const PLAIN = { logSeverityLevel: 4 } as const;

describe('onnx-builder', () => {
  test('a linear model loads and computes x · weights + bias', async () => {
    const session = await InferenceSession.create(linearModel([2, -1, 0.5], 10), PLAIN);
    const { y } = await session.run({ x: new Tensor('float32', [1, 2, 4, 0, 0, 0], [2, 3]) });
    expect([...(y?.data as Float32Array)]).toEqual([12, 10]);
  });

  test('weights listed as inputs are still defaults to onnxruntime', async () => {
    const session = await InferenceSession.create(linearModel([1], 1, { initializersAsInputs: true }), PLAIN);
    expect(session.inputNames).toEqual(['x']);
  });

  test('a ZipMap classifier loads, and its label runs when fetched alone', async () => {
    const session = await InferenceSession.create(zipMapModel([[1, -1]], [0, 1]), PLAIN);
    const { label } = await session.run({ x: new Tensor('float32', [3, -3], [2, 1]) }, ['label']);
    expect([...(label?.data as BigInt64Array)]).toEqual([0n, 1n]);
  });

  test.each<ElemType>(['FP16', 'FP32', 'FP64', 'INT8', 'INT64', 'UINT64', 'BOOL', 'BYTES'])(
    'an identity model of %s loads',
    async (elemType) => {
      const session = await InferenceSession.create(identityModel({ elemType }), PLAIN);
      expect(session.outputNames).toEqual(['y']);
    },
  );
});
