import { randomUUID } from 'node:crypto';
import { ServingError } from '../errors';
import type { Signature } from '../registry/signature';
import { parseTensor } from '../tensor/parse-tensor';
import type { Tensor, Tensors } from '../tensor/tensor';
import type { Engine, InferenceSession, ModelFiles } from './engine';
import { measureRunMs } from './measure-run';
import { filesBytes } from './session-size';
import type { DisposeTask, LoadedInThread, LoadTask, RunTask } from './session-tasks';
import type { WorkerPool } from './worker-pool';

const MIB = 1024 * 1024;

export interface PlacementOptions {
  /** Runs models on the calling thread. */
  readonly inline: Engine;
  /** Threads that serve `sessionTasks`. */
  readonly workers: WorkerPool;
  /** A model whose run of one row takes longer goes to a worker. Default 1 ms: what other requests may be held up. */
  readonly inlineUpToMs?: number;
  /** A model with larger files goes to a worker unmeasured: its load alone would block. Default 1 MiB. */
  readonly inlineUpToBytes?: number;
}

/**
 * An engine that decides where each model runs. onnxruntime's calls block the thread they are made on, so slow models
 * run on workers, each on the one thread that its handle falls to; fast ones run inline, which saves the way there.
 */
export function createPlacedEngine(options: PlacementOptions): Engine {
  const { inline, workers, inlineUpToMs = 1, inlineUpToBytes = MIB } = options;
  return {
    async load(files) {
      if (filesBytes(files) > inlineUpToBytes) return loadOnWorker(workers, files);
      const session = await inline.load(files);
      const runMs = await measureRunMs(session);
      if (runMs === undefined || runMs <= inlineUpToMs) return session;
      await session.dispose();
      return loadOnWorker(workers, files);
    },
  };
}

async function loadOnWorker(workers: WorkerPool, files: ModelFiles): Promise<InferenceSession> {
  const handle = randomUUID();
  const task: LoadTask = { handle, files: cloneable(files) };
  const loaded = await workers.run<LoadedInThread>('session-load', task, { affinity: handle });
  return new WorkerSession(workers, handle, loaded);
}

/** A session that lives in a worker thread; it is lost with the thread. */
class WorkerSession implements InferenceSession {
  readonly signature: Signature;
  readonly sizeBytes: number;
  readonly #workers: WorkerPool;
  readonly #handle: string;
  #isLost = false;

  constructor(workers: WorkerPool, handle: string, { signature, sizeBytes }: LoadedInThread) {
    this.#workers = workers;
    this.#handle = handle;
    this.signature = signature;
    this.sizeBytes = sizeBytes;
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  async run(inputs: Tensors, outputs?: readonly string[]): Promise<Tensors> {
    const task: RunTask = { handle: this.#handle, inputs: cloneableTensors(inputs), outputs };
    try {
      return await this.#workers.run<Tensors>('session-run', task, { affinity: this.#handle });
    } catch (error) {
      if (error instanceof ServingError && error.code === 'model-unavailable') this.#isLost = true;
      throw error;
    }
  }

  async dispose(): Promise<void> {
    if (this.#isLost) return;
    const task: DisposeTask = { handle: this.#handle };
    await this.#workers.run('session-dispose', task, { affinity: this.#handle });
  }
}

/** Structured clone copies a view's whole buffer, which may be a pack of thousands of models. */
function cloneable({ onnx, externalData }: ModelFiles): ModelFiles {
  const sides = Object.entries(externalData).map(([path, data]) => [path, ownBytes(data)] as const);
  return { onnx: ownBytes(onnx), externalData: Object.fromEntries(sides) };
}

function cloneableTensors(tensors: Tensors): Tensors {
  const own = Object.entries(tensors).map(([name, tensor]) => [name, ownTensor(tensor)] as const);
  return Object.fromEntries(own);
}

function ownTensor(tensor: Tensor): Tensor {
  const { data } = tensor;
  if (Array.isArray(data) || data.byteLength === data.buffer.byteLength) return tensor;
  return parseTensor(tensor.datatype, tensor.shape, data.slice());
}

function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
}
