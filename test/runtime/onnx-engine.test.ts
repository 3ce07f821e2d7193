import { createOnnxEngine } from '../../shared/runtime/onnx-engine';
import type { Tensor } from '../../shared/tensor/tensor';
import {
  buildOnnx,
  type ElemType,
  identityModel,
  linearModel,
  tensorType,
  zipMapModel,
} from '../support/onnx-builder';
import { bytes } from '../support/protobuf-writer';

const engine = createOnnxEngine();
const load = (onnx: Uint8Array, externalData: Record<string, Uint8Array> = {}) =>
  engine.load({ onnx, externalData });

describe('createOnnxEngine', () => {
  test.each<[Tensor]>([
    [{ datatype: 'FP32', shape: [2], data: Float32Array.of(1.5, -2) }],
    [{ datatype: 'FP64', shape: [2], data: Float64Array.of(0.1, 1e300) }],
    [{ datatype: 'FP16', shape: [2], data: Uint16Array.of(0x3c00, 0xc000) }],
    [{ datatype: 'INT8', shape: [2], data: Int8Array.of(-128, 127) }],
    [{ datatype: 'INT16', shape: [2], data: Int16Array.of(-32768, 7) }],
    [{ datatype: 'INT32', shape: [2], data: Int32Array.of(-5, 5) }],
    [{ datatype: 'INT64', shape: [2], data: BigInt64Array.of(-(2n ** 63n), 9007199254740993n) }],
    [{ datatype: 'UINT8', shape: [2], data: Uint8Array.of(0, 255) }],
    [{ datatype: 'UINT16', shape: [2], data: Uint16Array.of(0, 65535) }],
    [{ datatype: 'UINT32', shape: [2], data: Uint32Array.of(0, 4294967295) }],
    [{ datatype: 'UINT64', shape: [2], data: BigUint64Array.of(0n, 2n ** 64n - 1n) }],
    [{ datatype: 'BYTES', shape: [2], data: ['', 'zwölf 🛫'] }],
    [{ datatype: 'BOOL', shape: [2], data: Uint8Array.of(0, 1) }],
  ])('a tensor of $datatype passes through a model unchanged', async (x) => {
    const session = await load(identityModel({ elemType: x.datatype, shape: ['N'] }));
    const { y } = await session.run({ x });
    expect(y).toEqual(x);
    await session.dispose();
  });

  test('a BOOL element other than 0 becomes 1', async () => {
    const session = await load(identityModel({ elemType: 'BOOL', shape: ['N'] }));
    const { y } = await session.run({ x: { datatype: 'BOOL', shape: [3], data: Uint8Array.of(2, 0, 255) } });
    expect(y?.data).toEqual(Uint8Array.of(1, 0, 1));
  });

  test('empty and scalar tensors run', async () => {
    const empty = await load(identityModel({ shape: ['N', 3] }));
    const scalar = await load(identityModel({ shape: [] }));
    const none: Tensor = { datatype: 'FP32', shape: [0, 3], data: new Float32Array() };
    const one: Tensor = { datatype: 'FP32', shape: [], data: Float32Array.of(7) };
    expect((await empty.run({ x: none }))['y']).toEqual(none);
    expect((await scalar.run({ x: one }))['y']).toEqual(one);
  });

  test('the signature is the file’s own, and a small session is accounted with some 40 KiB', async () => {
    const session = await load(linearModel([1, 2, 3]));
    expect(session.signature.inputs).toEqual([
      { name: 'x', datatype: 'FP32', shape: [-1, 3], symbols: ['N', undefined] },
    ]);
    expect(session.sizeBytes).toBeGreaterThan(40 * 1024);
    expect(session.sizeBytes).toBeLessThan(44 * 1024);
  });

  test('a large model is accounted with one to four times its file', async () => {
    const weights = new Float32Array(1_250_000);
    const model = buildOnnx({
      inputs: [{ name: 'x', shape: ['N', 1] }],
      outputs: [{ name: 'y', shape: ['N', 1_250_000] }],
      nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }],
      initializers: [{ name: 'w', dims: [1, 1_250_000], raw: new Uint8Array(weights.buffer) }],
    });
    const session = await load(model);
    expect(session.sizeBytes).toBeGreaterThanOrEqual(model.byteLength);
    expect(session.sizeBytes).toBeLessThanOrEqual(4.1 * model.byteLength);
    await session.dispose();
  });

  test('a classifier with a ZipMap gives labels and probabilities as tensors', async () => {
    const session = await load(zipMapModel([[1, -1]], [0, 1]));
    const result = await session.run({
      x: { datatype: 'FP32', shape: [2, 1], data: Float32Array.of(3, -3) },
    });
    expect(Array.from(result['label']?.data ?? [], Number)).toEqual([0, 1]);
    const probabilities = result['probabilities'];
    expect(probabilities?.shape).toEqual([2, 2]);
    const high = 1 / (1 + Math.exp(-6));
    [high, 1 - high, 1 - high, high].forEach((expected, index) => {
      expect(Number(probabilities?.data[index])).toBeCloseTo(expected, 5);
    });
  });

  test('only the outputs asked for are answered', async () => {
    const session = await load(
      buildOnnx({
        inputs: [{ name: 'x', shape: ['N'] }],
        outputs: [
          { name: 'negative', shape: ['N'] },
          { name: 'same', shape: ['N'] },
        ],
        nodes: [
          { op: 'Neg', inputs: ['x'], outputs: ['negative'] },
          { op: 'Identity', inputs: ['x'], outputs: ['same'] },
        ],
      }),
    );
    const x: Tensor = { datatype: 'FP32', shape: [1], data: Float32Array.of(4) };
    expect(Object.keys(await session.run({ x }, ['same']))).toEqual(['same']);
    expect(Object.keys(await session.run({ x }))).toEqual(['negative', 'same']);
  });

  test('external data is given to the runtime, and named where it is missing', async () => {
    const model = buildOnnx({
      inputs: [{ name: 'x', shape: ['N', 1] }],
      outputs: [{ name: 'y', shape: ['N', 1] }],
      nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }],
      initializers: [{ name: 'w', dims: [1, 1], external: { location: 'weights.bin', length: 4 } }],
    });
    const session = await load(model, { 'weights.bin': new Uint8Array(Float32Array.of(5).buffer) });
    const { y } = await session.run({ x: { datatype: 'FP32', shape: [1, 1], data: Float32Array.of(2) } });
    expect(y?.data).toEqual(Float32Array.of(10));
    await expect(load(model)).rejects.toThrow('its external data is missing: weights.bin');
  });

  test.each([
    ['an empty file', Buffer.alloc(0), /no graph|cut short/],
    ['text', Buffer.from('not a model at all'), /byte|model/],
    ['a file cut short', linearModel([1, 2]).subarray(0, 60), /byte|cut short/],
    ['an opset too new', buildOnnx({ ...simple(), opsets: { '': 99 } }), /opset 99|Opset 99/i],
    ['an IR version too new', buildOnnx({ ...simple(), irVersion: 99 }), 'its IR version 99 is above 13'],
    [
      'an operator nobody has',
      buildOnnx({ ...simple(), nodes: [{ op: 'Frobnicate', inputs: ['x'], outputs: ['y'] }] }),
      /Frobnicate/,
    ],
    [
      'a domain without opset',
      buildOnnx({ ...simple(), nodes: [{ op: 'A', domain: 'my.dom', inputs: ['x'], outputs: ['y'] }] }),
      /my\.dom/,
    ],
    [
      'a bfloat16 input',
      identityModel({ elemType: 'BF16' as ElemType }),
      'its input "x" is tensor(bfloat16), which is not served',
    ],
    ['no tensor output', buildOnnx(sequenceOnly()), 'none of its outputs is a tensor'],
  ])('%s is refused with the reason and without native paths', async (_, model, reason) => {
    const refused = load(model);
    await expect(refused).rejects.toMatchObject({ code: 'invalid-model' });
    await expect(refused).rejects.toThrow(reason);
    await expect(refused).rejects.not.toThrow(/\.cc|\/onnxruntime|::/);
  });

  test('a failed run names the node and the reason, no native path and no C++', async () => {
    const session = await load(
      buildOnnx({
        inputs: [
          { name: 'a', shape: ['N'] },
          { name: 'b', shape: ['M'] },
        ],
        outputs: [{ name: 'y', shape: ['K'] }],
        nodes: [{ op: 'Add', inputs: ['a', 'b'], outputs: ['y'] }],
      }),
    );
    const run = session.run({
      a: { datatype: 'FP32', shape: [2], data: Float32Array.of(1, 2) },
      b: { datatype: 'FP32', shape: [3], data: Float32Array.of(1, 2, 3) },
    });
    await expect(run).rejects.toMatchObject({ code: 'inference-failed' });
    await expect(run).rejects.toThrow(/^The model failed to run: node Add "Add-y": .*broadcast/);
    await expect(run).rejects.not.toThrow(/\.cc|\/|::/);
  });

  test('a disposed session fails a run instead of crashing the process', async () => {
    const session = await load(identityModel());
    await session.dispose();
    const x: Tensor = { datatype: 'FP32', shape: [1, 3], data: new Float32Array(3) };
    await expect(session.run({ x })).rejects.toThrow('already disposed');
  });
});

function simple() {
  return {
    inputs: [{ name: 'x', shape: ['N'] }],
    outputs: [{ name: 'y', shape: ['N'] }],
    nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
  };
}

/** Its only output is a sequence of tensors, made in a way that no rewriting takes apart. */
function sequenceOnly() {
  return {
    inputs: [{ name: 'x', shape: ['N', 2] }],
    outputs: [{ name: 'y', type: bytes(4, bytes(1, tensorType('FP32', undefined))) }],
    nodes: [{ op: 'SplitToSequence', inputs: ['x'], outputs: ['y'], attributes: { axis: 1 } }],
  };
}
