import type { Signature } from '../registry/signature';
import type { Tensors } from '../tensor/tensor';

/** A model's bytes as fetched from a registry. */
export interface ModelFiles {
  readonly onnx: Uint8Array;
  /** Side files that hold external data, by the location the ONNX file names. */
  readonly externalData: Readonly<Record<string, Uint8Array>>;
}

/** A loaded model. Not safe to use after {@link dispose}; the session cache's leases see to that. */
export interface InferenceSession {
  readonly signature: Signature;
  /** Resident memory that the session is accounted with. */
  readonly sizeBytes: number;
  /** True once the session can never run again, for example because its thread has ended; it is then loaded anew. */
  readonly isLost?: boolean;
  /**
   * Runs the model. Inputs must fit the signature (the caller has checked them); `outputs` names those wanted, default all.
   * Throws ServingError `inference-failed` without native paths in its text.
   */
  run(inputs: Tensors, outputs?: readonly string[]): Promise<Tensors>;
  dispose(): Promise<void>;
}

/** What runs models: one implementation today, onnxruntime; compiled kernels may follow. */
export interface Engine {
  /** Throws ServingError `invalid-model` with the reason where the file cannot be served. */
  load(files: ModelFiles): Promise<InferenceSession>;
}

/** A session in use: it stays loaded until disposed (`using lease = await cache.lease(version)`). */
export interface SessionLease extends Disposable {
  readonly session: InferenceSession;
  readonly cache: 'hit' | 'miss';
  /** Time this lease waited for a load, 0 on a hit. */
  readonly loadMs: number;
}
