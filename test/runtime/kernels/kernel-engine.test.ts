import { createKernelEngine } from '../../../shared/runtime/kernels/kernel-engine';
import { createOnnxEngine } from '../../../shared/runtime/onnx-engine';
import type { Engine } from '../../../shared/runtime/engine';
import type { Tensor } from '../../../shared/tensor/tensor';
import { buildOnnx, identityModel, linearModel } from '../../support/onnx-builder';

const oracle = createOnnxEngine();

/** Fails where a model is not a kernel's. */
const noFallback: Engine = { load: () => Promise.reject(new Error('handed to the fallback')) };

function numbers(count: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.fround((state / 2 ** 31 - 0.5) * 20);
  });
}

interface GemmOptions {
  readonly features: number;
  readonly outputs: number;
  readonly attributes?: Readonly<Record<string, number>>;
  readonly biasDims?: readonly number[];
  readonly op?: 'Gemm' | 'MatMul';
  readonly domain?: string;
  readonly rows?: string | number;
}

function gemm({
  features,
  outputs,
  attributes = {},
  biasDims,
  op = 'Gemm',
  domain = '',
  rows = 'N',
}: GemmOptions): Buffer {
  const dims = attributes['transB'] === 1 ? [outputs, features] : [features, outputs];
  const biasSize = biasDims?.reduce((product, size) => product * size, 1) ?? 0;
  return buildOnnx({
    inputs: [{ name: 'x', shape: [rows, features] }],
    outputs: [{ name: 'y', shape: [rows, outputs] }],
    nodes: [{ op, domain, inputs: biasDims ? ['x', 'w', 'b'] : ['x', 'w'], outputs: ['y'], attributes }],
    initializers: [
      { name: 'w', dims, values: numbers(features * outputs, 7) },
      ...(biasDims ? [{ name: 'b', dims: biasDims, values: numbers(biasSize, 11) }] : []),
    ],
  });
}

async function run(engine: Engine, onnx: Buffer, rows: number, features: number): Promise<Tensor> {
  const session = await engine.load({ onnx, externalData: {} });
  try {
    const data = Float32Array.from(numbers(rows * features, 3));
    const { y } = await session.run({ x: { datatype: 'FP32', shape: [rows, features], data } });
    if (!y) throw new Error('no output y');
    return y;
  } finally {
    await session.dispose();
  }
}

describe('createKernelEngine', () => {
  test.each<[string, Buffer, number]>([
    ['a Gemm with bias', gemm({ features: 12, outputs: 1, biasDims: [1] }), 12],
    ['a Gemm without bias', gemm({ features: 5, outputs: 3 }), 5],
    ['a Gemm of several outputs', gemm({ features: 4, outputs: 3, biasDims: [3] }), 4],
    ['a Gemm with a row as bias', gemm({ features: 4, outputs: 3, biasDims: [1, 3] }), 4],
    ['a Gemm with one bias for all outputs', gemm({ features: 4, outputs: 3, biasDims: [1] }), 4],
    [
      'a Gemm with transposed weights',
      gemm({ features: 6, outputs: 2, biasDims: [2], attributes: { transB: 1 } }),
      6,
    ],
    ['a MatMul', gemm({ features: 6, outputs: 2, op: 'MatMul' }), 6],
    ['a MatMul and an Add', linearModel([0.5, -2, 3.25], 7), 3],
  ])('%s gives what onnxruntime gives', async (_name, onnx, features) => {
    for (const rows of [0, 1, 7, 500]) {
      const expected = await run(oracle, onnx, rows, features);
      const actual = await run(createKernelEngine(noFallback), onnx, rows, features);
      expect(actual.shape).toEqual(expected.shape);
      const expectedValues = Array.from<number | bigint | string>(expected.data).map(Number);
      const largest = Math.max(1, ...expectedValues.map(Math.abs));
      Array.from<number | bigint | string>(actual.data).forEach((value, index) => {
        expect(Math.abs(Number(value) - (expectedValues[index] ?? NaN)) / largest).toBeLessThan(1e-6);
      });
    }
  });

  test.each<[string, Buffer]>([
    ['another operator', identityModel()],
    ['a scaled Gemm', gemm({ features: 3, outputs: 1, biasDims: [1], attributes: { alpha: 2 } })],
    ['a transposed input', gemm({ features: 3, outputs: 1, attributes: { transA: 1 } })],
    ['an operator of another domain', gemm({ features: 3, outputs: 1, domain: 'my.domain' })],
    ['a fixed number of rows', gemm({ features: 3, outputs: 1, rows: 1 })],
    ['a bias per row', gemm({ features: 3, outputs: 1, biasDims: [4, 1] })],
    [
      'weights of another type',
      buildOnnx({
        inputs: [{ name: 'x', elemType: 'FP64', shape: ['N', 2] }],
        outputs: [{ name: 'y', elemType: 'FP64', shape: ['N', 1] }],
        nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }],
        initializers: [{ name: 'w', elemType: 'FP64', dims: [2, 1], raw: new Uint8Array(16) }],
      }),
    ],
    [
      'external weights',
      buildOnnx({
        inputs: [{ name: 'x', shape: ['N', 2] }],
        outputs: [{ name: 'y', shape: ['N', 1] }],
        nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }],
        initializers: [{ name: 'w', dims: [2, 1], external: { location: 'w.bin' } }],
      }),
    ],
  ])('%s is left to the other engine', async (_name, onnx) => {
    await expect(createKernelEngine(noFallback).load({ onnx, externalData: {} })).rejects.toThrow('fallback');
  });

  test('a missing number comes out as a missing number', async () => {
    const session = await createKernelEngine(noFallback).load({
      onnx: linearModel([1, 2]),
      externalData: {},
    });
    const x: Tensor = { datatype: 'FP32', shape: [2, 2], data: Float32Array.of(NaN, 1, 1, 1) };
    const { y } = await session.run({ x });
    expect(y?.data).toEqual(Float32Array.of(NaN, 3));
  });

  test.each<[string, Tensor]>([
    ['a wrong width', { datatype: 'FP32', shape: [1, 3], data: new Float32Array(3) }],
    ['a wrong rank', { datatype: 'FP32', shape: [2], data: new Float32Array(2) }],
    ['a wrong datatype', { datatype: 'FP64', shape: [1, 2], data: new Float64Array(2) }],
  ])('%s fails the run, not the process', async (_name, x) => {
    const session = await createKernelEngine(noFallback).load({
      onnx: linearModel([1, 2]),
      externalData: {},
    });
    await expect(session.run({ x })).rejects.toMatchObject({ code: 'inference-failed' });
  });

  test('only outputs that are asked for are given', async () => {
    const session = await createKernelEngine(noFallback).load({
      onnx: linearModel([1, 2]),
      externalData: {},
    });
    const x: Tensor = { datatype: 'FP32', shape: [1, 2], data: Float32Array.of(1, 2) };
    expect(Object.keys(await session.run({ x }, ['y']))).toEqual(['y']);
    expect(await session.run({ x }, [])).toEqual({});
    expect(session.sizeBytes).toBeLessThan(4_096);
    await session.dispose();
  });

  test('bytes that are no model are refused, not crashed on', async () => {
    const broken = Buffer.from([0x3a, 0xff, 0x01]);
    await expect(
      createKernelEngine(noFallback).load({ onnx: broken, externalData: {} }),
    ).rejects.toMatchObject({ code: 'invalid-model' });
  });
});
