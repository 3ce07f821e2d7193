import type { ModelVersion } from '../../shared/registry/catalog';
import type { Engine, InferenceSession, ModelFiles } from '../../shared/runtime/engine';

export const SESSION_BYTES = 1_000_000;
/** A file that a session of SESSION_BYTES is reserved for. */
const FILE_BYTES = (SESSION_BYTES - 40 * 1024) / 2;

/** A version of one input and output whose digest is its name; its session takes SESSION_BYTES in the fake engine. */
export function fakeVersion(model: string, sizeBytes = FILE_BYTES): ModelVersion {
  return {
    model,
    version: '1',
    location: { kind: 'folder', prefix: `${model}/1` },
    digest: `digest-${model}`,
    sizeBytes,
    signature: { inputs: [], outputs: [] },
    featureSet: undefined,
    tags: {},
    metrics: {},
  };
}

/** Counts what a cache does with sessions; `gate` holds loads up until it is opened. */
export class FakeEngine implements Engine {
  loads: string[] = [];
  disposed: string[] = [];
  failing = new Map<string, Error>();
  lost = new Set<string>();
  sizeBytes = SESSION_BYTES;
  gate: Promise<void> = Promise.resolve();

  fetch = (version: ModelVersion): Promise<ModelFiles> =>
    Promise.resolve({ onnx: Buffer.from(version.model), externalData: {} });

  async load({ onnx }: ModelFiles): Promise<InferenceSession> {
    const model = Buffer.from(onnx).toString();
    this.loads.push(model);
    await this.gate;
    const failure = this.failing.get(model);
    if (failure) throw failure;
    const { lost, disposed } = this;
    let isDisposed = false;
    return {
      signature: { inputs: [], outputs: [] },
      sizeBytes: this.sizeBytes,
      get isLost() {
        return lost.has(model);
      },
      run: () => (isDisposed ? Promise.reject(new Error('disposed')) : Promise.resolve({})),
      dispose: () => {
        isDisposed = true;
        disposed.push(model);
        return Promise.resolve();
      },
    };
  }

  /** Closes the gate; the function that is returned opens it. */
  hold(): () => void {
    let open = (): void => undefined;
    this.gate = new Promise((resolve) => {
      open = resolve;
    });
    return open;
  }
}
