import { ServingError } from '../errors';
import type { BlobStore } from '../storage/blob-store';
import { readOnnx } from './onnx-reader';

/** A model's bytes; each array has an ArrayBuffer of its own, so that it can be handed to another thread. */
export interface StoredModel {
  readonly onnx: Uint8Array;
  /** Side files by the location that the ONNX file names. */
  readonly externalData: Readonly<Record<string, Uint8Array>>;
}

/**
 * Reads `{model}/{version}/model.onnx` and the side files that it names. Throws ServingError `invalid-model` that
 * names model and version where a file is gone or the ONNX file cannot be read.
 */
export async function readModelFolder(
  store: BlobStore,
  container: string,
  model: string,
  version: string,
): Promise<StoredModel> {
  const onnx = await readFile('model.onnx');
  const files = await Promise.all(
    locationsIn(onnx).map(async (location) => [location, await readFile(location)] as const),
  );
  return { onnx, externalData: Object.fromEntries(files) };

  async function readFile(name: string): Promise<Uint8Array> {
    const found = await store.get({ container, path: `${model}/${version}/${name}` });
    if (found === undefined) throw invalid(`${name} is gone`);
    return new Uint8Array(found.bytes);
  }

  function locationsIn(bytes: Uint8Array): readonly string[] {
    try {
      return readOnnx(bytes).externalData;
    } catch (cause) {
      if (!(cause instanceof ServingError)) throw cause;
      throw invalid(cause.message, cause);
    }
  }

  function invalid(problem: string, cause?: unknown): ServingError {
    return new ServingError('invalid-model', `Model ${model} version ${version}: ${problem}`, { cause });
  }
}
