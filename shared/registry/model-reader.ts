import { ServingError } from '../errors';
import type { BlobStore } from '../storage/blob-store';
import type { ModelVersion } from './catalog';
import { inParallel } from './in-parallel';
import { modelDigest } from './model-digest';
import { readModelFolder, type StoredModel } from './model-folder';
import { type PackRead, planPackReads } from './read-plan';

const PARALLEL_READS = 8;

/**
 * Reads one version and checks its digest. Throws ServingError `invalid-model` that names model and version
 * where the bytes are gone or are not those that were registered.
 */
export async function readModel(
  store: BlobStore,
  container: string,
  version: ModelVersion,
): Promise<StoredModel> {
  const files =
    version.location.kind === 'folder'
      ? await readModelFolder(store, container, version.model, version.version)
      : await readPacked(store, container, version, version.location);
  if (modelDigest(files.onnx, files.externalData) !== version.digest) throw corrupt(version);
  return files;
}

/**
 * Reads many versions with few requests, by digest. A version whose bytes are gone or corrupt is left out, so that
 * it cannot keep the others from being served; {@link readModel} says what is wrong with it.
 */
export async function readModels(
  store: BlobStore,
  container: string,
  versions: readonly ModelVersion[],
): Promise<Map<string, StoredModel>> {
  const found = new Map<string, StoredModel>();
  const reads = planPackReads(versions);
  await inParallel(reads, PARALLEL_READS, async (read) => {
    for (const [digest, onnx] of await readRange(store, container, read)) {
      found.set(digest, { onnx, externalData: {} });
    }
  });
  const inFolders = versions.filter(({ location }) => location.kind === 'folder');
  await inParallel(inFolders, PARALLEL_READS, async (version) => {
    const files = await readModel(store, container, version).catch(unlessInvalid);
    if (files !== undefined) found.set(version.digest, files);
  });
  return found;
}

async function readRange(
  store: BlobStore,
  container: string,
  { pack, start, end, models }: PackRead,
): Promise<[digest: string, onnx: Uint8Array][]> {
  const bytes = await store.getRange({ container, path: pack }, start, end).catch((error: unknown) => {
    if (error instanceof ServingError && error.code === 'not-found') return undefined;
    throw error;
  });
  if (bytes === undefined) return [];
  return models.flatMap((model): [string, Uint8Array][] => {
    const onnx = new Uint8Array(bytes.subarray(model.start - start, model.end - start));
    return modelDigest(onnx) === model.version.digest ? [[model.version.digest, onnx]] : [];
  });
}

async function readPacked(
  store: BlobStore,
  container: string,
  version: ModelVersion,
  location: { readonly pack: string; readonly start: number; readonly end: number },
): Promise<StoredModel> {
  try {
    const { pack, start, end } = location;
    const onnx = await store.getRange({ container, path: pack }, start, end);
    return { onnx: new Uint8Array(onnx), externalData: {} };
  } catch (error) {
    if (error instanceof ServingError && error.code === 'not-found') throw missing(version, location.pack);
    throw error;
  }
}

function unlessInvalid(error: unknown): undefined {
  if (error instanceof ServingError && error.code === 'invalid-model') return undefined;
  throw error;
}

function missing({ model, version }: ModelVersion, path: string): ServingError {
  return new ServingError('invalid-model', `Model ${model} version ${version}: ${path} is gone`);
}

function corrupt({ model, version, digest }: ModelVersion): ServingError {
  return new ServingError(
    'invalid-model',
    `Model ${model} version ${version}: its bytes are not those registered under digest ${digest}`,
  );
}
