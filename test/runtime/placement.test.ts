import path from 'node:path';
import type { Engine, InferenceSession } from '../../shared/runtime/engine';
import { measureRunMs } from '../../shared/runtime/measure-run';
import { createOnnxEngine } from '../../shared/runtime/onnx-engine';
import { createPlacedEngine } from '../../shared/runtime/placement';
import { WorkerPool } from '../../shared/runtime/worker-pool';
import type { Tensor } from '../../shared/tensor/tensor';
import { buildOnnx, identityModel, linearModel } from '../support/onnx-builder';

const entry = path.join(__dirname, 'pool-entry.cjs');
const pools: WorkerPool[] = [];
afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.close())));

function workers(): WorkerPool {
  const pool = new WorkerPool({ entry, size: 2, concurrency: 2, closeMs: 20 });
  pools.push(pool);
  return pool;
}

const x: Tensor = { datatype: 'FP32', shape: [1, 2], data: Float32Array.of(1, 2) };
const files = (onnx: Uint8Array) => ({ onnx, externalData: {} });

/** The real engine, counting sessions that live on this thread. */
function counted(): { engine: Engine; live: () => number } {
  const engine = createOnnxEngine();
  let live = 0;
  const load = async (given: Parameters<Engine['load']>[0]): Promise<InferenceSession> => {
    const session = await engine.load(given);
    live += 1;
    return {
      signature: session.signature,
      sizeBytes: session.sizeBytes,
      run: (inputs, outputs) => session.run(inputs, outputs),
      dispose: () => {
        live -= 1;
        return session.dispose();
      },
    };
  };
  return { engine: { load }, live: () => live };
}

describe('createPlacedEngine', () => {
  test('a fast model runs inline, and no thread is started for it', async () => {
    const pool = workers();
    const { engine: inline, live } = counted();
    const session = await createPlacedEngine({ inline, workers: pool, inlineUpToMs: 1_000 }).load(
      files(linearModel([1, 2])),
    );
    expect((await session.run({ x }))['y']?.data).toEqual(Float32Array.of(5));
    expect([live(), pool.stats().threads]).toEqual([1, 0]);
    await session.dispose();
  });

  test('a model slower than the limit runs on a worker, with the same answers, and is gone from this thread', async () => {
    const pool = workers();
    const { engine: inline, live } = counted();
    const session = await createPlacedEngine({ inline, workers: pool, inlineUpToMs: 0 }).load(
      files(linearModel([1, 2])),
    );
    expect([live(), pool.stats().threads]).toEqual([0, 1]);
    expect(session.signature.inputs.map(({ name }) => name)).toEqual(['x']);
    expect(session.sizeBytes).toBeGreaterThan(40_000);
    const runs = await Promise.all(Array.from({ length: 20 }, () => session.run({ x }, ['y'])));
    expect(runs.map(({ y }) => y?.data)).toEqual(Array.from({ length: 20 }, () => Float32Array.of(5)));
    expect(x.data.length).toBe(2);
    await session.dispose();
    await expect(session.run({ x })).rejects.toThrow('The session is gone');
  });

  test('large files go to a worker without a load on this thread', async () => {
    const { engine: inline, live } = counted();
    const load = jest.spyOn(inline, 'load');
    const options = { inline, workers: workers(), inlineUpToBytes: 10 };
    const session = await createPlacedEngine(options).load(files(linearModel([1, 2])));
    expect([load.mock.calls.length, live()]).toEqual([0, 0]);
    await session.dispose();
  });

  test('views of a larger buffer pass whole and alone: strings, int64 and a window of floats', async () => {
    const options = { inline: createOnnxEngine(), workers: workers(), inlineUpToBytes: 0 };
    const pack = Buffer.concat([Buffer.alloc(100_000), identityModel({ elemType: 'INT64', shape: ['N'] })]);
    const integers = await createPlacedEngine(options).load(files(pack.subarray(100_000)));
    const window = new BigInt64Array(10).fill(3n).subarray(2, 4);
    const answer = await integers.run({ x: { datatype: 'INT64', shape: [2], data: window } });
    expect(answer['y']).toEqual({ datatype: 'INT64', shape: [2], data: BigInt64Array.of(3n, 3n) });
    const texts = await createPlacedEngine(options).load(
      files(identityModel({ elemType: 'BYTES', shape: ['N'] })),
    );
    const said = await texts.run({ x: { datatype: 'BYTES', shape: [1], data: ['é'] } });
    expect(said['y']?.data).toEqual(['é']);
  });

  test('a model that a worker cannot load is refused with its reason', async () => {
    const options = { inline: createOnnxEngine(), workers: workers(), inlineUpToBytes: 0 };
    await expect(createPlacedEngine(options).load(files(Buffer.from('nonsense')))).rejects.toMatchObject({
      code: 'invalid-model',
    });
  });

  test('a session whose thread has died fails as retryable and knows that it is lost', async () => {
    const pool = workers();
    const options = { inline: createOnnxEngine(), workers: pool, inlineUpToBytes: 0 };
    const session = await createPlacedEngine(options).load(files(linearModel([1, 2])));
    expect(session.isLost).toBe(false);
    await Promise.allSettled([pool.run('exit', {}), pool.run('exit', {})]);
    await expect(session.run({ x })).rejects.toMatchObject({
      code: 'model-unavailable',
      retryAfterSeconds: 1,
    });
    expect(session.isLost).toBe(true);
    await session.dispose();
  });

  test('a failed run on a worker is no loss of the session', async () => {
    const options = { inline: createOnnxEngine(), workers: workers(), inlineUpToBytes: 0 };
    const session = await createPlacedEngine(options).load(files(linearModel([1, 2])));
    const wrong: Tensor = { datatype: 'FP32', shape: [1, 3], data: new Float32Array(3) };
    await expect(session.run({ x: wrong })).rejects.toMatchObject({ code: 'inference-failed' });
    expect((await session.run({ x }))['y']?.data).toEqual(Float32Array.of(5));
  });
});

describe('measureRunMs', () => {
  test('measures a run on zeros, text and unknown ranks included', async () => {
    const engine = createOnnxEngine();
    for (const shape of [['N', 3], undefined, []] as const)
      expect(await measureRunMs(await engine.load(files(identityModel({ shape }))))).toBeGreaterThan(0);
    const texts = await engine.load(files(identityModel({ elemType: 'BYTES', shape: ['N'] })));
    expect(await measureRunMs(texts)).toBeGreaterThan(0);
  });

  test('a model that does not run on zeros is not measured', async () => {
    const session = await createOnnxEngine().load(
      files(
        buildOnnx({
          inputs: [{ name: 'x', shape: ['N'] }],
          outputs: [{ name: 'y', shape: ['N', 'M'] }],
          nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }],
          initializers: [{ name: 'w', dims: [2, 2], values: [1, 2, 3, 4] }],
        }),
      ),
    );
    expect(await measureRunMs(session)).toBeUndefined();
  });
});
