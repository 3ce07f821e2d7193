import { ServingError } from '../../errors';
import { readOnnx } from '../../registry/onnx-reader';
import type { Signature } from '../../registry/signature';
import type { Tensors } from '../../tensor/tensor';
import type { Engine, InferenceSession } from '../engine';
import { readGraph } from './graph';
import { readLinearModel, runLinear, type LinearModel } from './linear-kernel';

const KIB = 1024;
/** No kernel's model is larger; the graph of a larger file is not looked at. */
const LARGEST_FILE_BYTES = 64 * KIB;
/** What a kernel session takes beside its weights. */
const SESSION_BYTES = 2 * KIB;

/**
 * An engine that runs linear models as compiled kernels and hands every other model to `fallback`. A session of
 * onnxruntime costs a linear model some 40 KiB, 200 µs to load and 10 µs a run; a kernel some hundred bytes, 10 µs
 * and nanoseconds a row. Its predictions are held against onnxruntime's by tests. See docs/adr/0006-linear-kernels.md.
 */
export function createKernelEngine(fallback: Engine): Engine {
  return {
    async load(files) {
      const isSmall = files.onnx.byteLength <= LARGEST_FILE_BYTES;
      return (isSmall ? linearSession(files.onnx) : undefined) ?? (await fallback.load(files));
    },
  };
}

function linearSession(onnx: Uint8Array): InferenceSession | undefined {
  const graph = readGraph(onnx);
  if (!graph) return undefined;
  const { signature } = readOnnx(onnx);
  const model = readLinearModel(graph, signature);
  return model && new LinearSession(model, signature);
}

class LinearSession implements InferenceSession {
  readonly signature: Signature;
  readonly sizeBytes: number;
  readonly #model: LinearModel;

  constructor(model: LinearModel, signature: Signature) {
    this.#model = model;
    this.signature = signature;
    this.sizeBytes = SESSION_BYTES + model.weights.byteLength + model.bias.byteLength;
  }

  run(inputs: Tensors, wanted?: readonly string[]): Promise<Tensors> {
    const { input, output, features, outputs } = this.#model;
    const tensor = inputs[input];
    const rows = tensor?.shape[0] ?? 0;
    if (tensor?.datatype !== 'FP32' || tensor.shape.length !== 2 || tensor.data.length !== rows * features) {
      const problem = `input "${input}" must be FP32 with shape [rows,${features}]`;
      return Promise.reject(new ServingError('inference-failed', `The model cannot be run: ${problem}`));
    }
    if (wanted && !wanted.includes(output)) return Promise.resolve({});
    const data = runLinear(this.#model, tensor.data, rows);
    return Promise.resolve({ [output]: { datatype: 'FP32', shape: [rows, outputs], data } });
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }
}
