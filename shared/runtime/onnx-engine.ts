import { InferenceSession as OrtSession } from 'onnxruntime-node';
import { ServingError } from '../errors';
import { type OnnxSummary, readOnnx } from '../registry/onnx-reader';
import { rewriteOnnx } from '../registry/onnx-rewrite/rewrite-onnx';
import type { Signature } from '../registry/signature';
import type { Tensors } from '../tensor/tensor';
import type { Engine, InferenceSession, ModelFiles } from './engine';
import { toLoadError, toRunError } from './ort-errors';
import { parseOrtTensors, toOrtTensors } from './ort-tensors';
import { filesBytes, MEASURED_FROM_BYTES, sessionBytes } from './session-size';

/** Below this, optimising a graph costs more time and memory than any run gets back (measured). */
const OPTIMISED_FROM_BYTES = 64 * 1024;
const FATAL_ONLY = 4; // onnxruntime writes its errors to stderr as well as throwing them

/**
 * The engine over onnxruntime-node. One thread a session: calls block the thread they are made on anyway, and
 * with onnxruntime's defaults 300 sessions made 309 threads. No arena and no memory pattern: they keep the
 * largest run's memory for good.
 */
export function createOnnxEngine(): Engine {
  return { load };
}

async function load({ onnx, externalData }: ModelFiles): Promise<InferenceSession> {
  const files = { onnx: rewriteOnnx(onnx).bytes, externalData };
  const summary = readOnnx(files.onnx);
  const reason = refusal(summary, files);
  if (reason !== undefined) throw new ServingError('invalid-model', `The model cannot be loaded: ${reason}`);
  const fileBytes = filesBytes(files);
  const isMeasured = fileBytes >= MEASURED_FROM_BYTES; // reading the figure costs more than loading a small model
  const before = isMeasured ? process.memoryUsage.rss() : 0;
  const session = await create(files, fileBytes);
  const grown = isMeasured ? process.memoryUsage.rss() - before : 0;
  return new OnnxSession(session, summary.signature, sessionBytes(fileBytes, hasTrees(files.onnx), grown));
}

/** What onnxruntime would only say at the first run, or not clearly. */
function refusal(
  { signature, otherInputs, externalData }: OnnxSummary,
  files: ModelFiles,
): string | undefined {
  const [input] = otherInputs;
  if (input) return `its input "${input.name}" is ${input.type}, which is not served`;
  if (signature.outputs.length === 0) return 'none of its outputs is a tensor of a type that is served';
  const missing = externalData.filter((location) => !Object.hasOwn(files.externalData, location));
  return missing.length === 0 ? undefined : `its external data is missing: ${missing.join(', ')}`;
}

async function create(files: ModelFiles, fileBytes: number): Promise<OrtSession> {
  try {
    return await OrtSession.create(files.onnx, {
      executionProviders: ['cpu'],
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      enableCpuMemArena: false,
      enableMemPattern: false,
      graphOptimizationLevel: fileBytes < OPTIMISED_FROM_BYTES ? 'disabled' : 'all',
      logSeverityLevel: FATAL_ONLY,
      externalData: Object.entries(files.externalData).map(([path, data]) => ({ path, data })),
    });
  } catch (error) {
    throw toLoadError(error);
  }
}

/** Large files are measured, not estimated, so they need no search. */
function hasTrees(onnx: Uint8Array): boolean {
  if (onnx.byteLength >= MEASURED_FROM_BYTES) return false;
  return Buffer.from(onnx.buffer, onnx.byteOffset, onnx.byteLength).includes('TreeEnsemble');
}

class OnnxSession implements InferenceSession {
  readonly signature: Signature;
  readonly sizeBytes: number;
  readonly #session: OrtSession;
  /** Fetching a sequence or map fails the whole run, so outputs are always named. */
  readonly #outputs: readonly string[];

  constructor(session: OrtSession, signature: Signature, sizeBytes: number) {
    this.#session = session;
    this.signature = signature;
    this.sizeBytes = sizeBytes;
    this.#outputs = signature.outputs.map(({ name }) => name);
  }

  async run(inputs: Tensors, outputs: readonly string[] = this.#outputs): Promise<Tensors> {
    try {
      return parseOrtTensors(await this.#session.run(toOrtTensors(inputs), outputs));
    } catch (error) {
      throw toRunError(error);
    }
  }

  async dispose(): Promise<void> {
    await this.#session.release();
  }
}
