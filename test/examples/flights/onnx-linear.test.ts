import { InferenceSession, Tensor } from 'onnxruntime-node';
import { writeLinearOnnx } from '../../../examples/flights/onnx-linear';
import { predict } from '../../../examples/flights/normal-equations';
import { readOnnx } from '../../../shared/registry/onnx-reader';

const coefficients = Float64Array.from([6.67, -1.5, 0.25, 12]);
const file = writeLinearOnnx({
  coefficients,
  input: 'features',
  output: 'delay',
  description: 'Delay of flights from LAS to PHL',
  metadata: { origin: 'LAS', destination: 'PHL' },
});

describe('writeLinearOnnx', () => {
  test('writes a file whose predictions are those of the coefficients', async () => {
    const features = Float32Array.from([1, 2, 3, -4, 0.5, 0, 1e3, -1e3, 7]);
    const session = await InferenceSession.create(file);
    const { delay } = await session.run({ features: new Tensor('float32', features, [3, 3]) });
    await session.release();

    expect(delay?.dims).toEqual([3, 1]);
    const expected = predict(coefficients, features);
    expected.forEach((value, row) => {
      expect(delay?.data[row]).toBeCloseTo(value, 3);
    });
  });

  test('names its tensors, leaves the number of rows open and carries metadata', () => {
    const summary = readOnnx(file);
    expect(summary.signature.inputs).toEqual([
      expect.objectContaining({ name: 'features', datatype: 'FP32', shape: [-1, 3] }),
    ]);
    expect(summary.signature.outputs).toEqual([
      expect.objectContaining({ name: 'delay', datatype: 'FP32', shape: [-1, 1] }),
    ]);
    expect(summary.metadata).toEqual({ origin: 'LAS', destination: 'PHL' });
  });

  test('writes equal bytes for equal models', () => {
    const wide = { input: 'x', output: 'y', description: 'd'.repeat(300), metadata: {} };
    const one = writeLinearOnnx({ ...wide, coefficients: new Float64Array(200).fill(1) });
    const other = writeLinearOnnx({ ...wide, coefficients: new Float64Array(200).fill(1) });
    expect(one.equals(other)).toBe(true);
    expect(readOnnx(one).signature.inputs[0]?.shape).toEqual([-1, 199]);
  });
});
