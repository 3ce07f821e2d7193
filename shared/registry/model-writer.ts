import { ServingError } from '../errors';
import type { BlobRef, BlobStore } from '../storage/blob-store';
import type { ModelVersion } from './catalog';
import { type Manifest, manifestSchema } from './manifest';
import { parseJsonDocument } from './json-document';
import type { DescribedModel } from './new-model';
import { encodePack } from './pack';

/** A pack grows no further than this, unless one model alone is larger. */
const MAX_PACK_BYTES = 128 * 1024 * 1024;

/**
 * Writes a version's folder: side files and model.onnx first, the manifest last, so that a manifest always has its
 * model. Writing the same again changes nothing; throws `etag-conflict` where the version holds other bytes.
 */
export async function writeFolder(
  store: BlobStore,
  container: string,
  { model, manifest }: DescribedModel,
): Promise<ModelVersion> {
  const prefix = `${manifest.name}/${manifest.version}`;
  const at = (name: string): BlobRef => ({ container, path: `${prefix}/${name}` });
  for (const [location, file] of Object.entries(model.externalData ?? {})) {
    await writeOnce(store, at(location), file);
  }
  await writeOnce(store, at('model.onnx'), model.onnx);
  const written = await writeManifest(store, at('model.json'), manifest);
  return toModelVersion(written, { kind: 'folder', prefix });
}

/** Writes models into as few packs as their size allows. */
export async function writePacks(
  store: BlobStore,
  container: string,
  models: readonly DescribedModel[],
): Promise<ModelVersion[]> {
  const written: ModelVersion[] = [];
  for (const group of groupsOf(models)) {
    const pack = encodePack(group.map(({ model, manifest }) => ({ manifest, onnx: model.onnx })));
    await writeOnce(store, { container, path: pack.path }, pack.bytes);
    for (const { manifest, start, end } of pack.models) {
      written.push(toModelVersion(manifest, { kind: 'pack', pack: pack.path, start, end }));
    }
  }
  return written;
}

/** What scoring needs of a manifest. */
export function toModelVersion(manifest: Manifest, location: ModelVersion['location']): ModelVersion {
  const { name, version, digest, sizeBytes, signature, featureSet, tags, metrics } = manifest;
  return { model: name, version, location, digest, sizeBytes, signature, featureSet, tags, metrics };
}

function groupsOf(models: readonly DescribedModel[]): DescribedModel[][] {
  const groups: DescribedModel[][] = [];
  let bytes = Infinity;
  for (const described of models) {
    const { sizeBytes } = described.manifest;
    if (bytes + sizeBytes > MAX_PACK_BYTES) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)?.push(described);
    bytes += sizeBytes;
  }
  return groups;
}

/** Writes a blob unless it is there with the same bytes. */
async function writeOnce(store: BlobStore, ref: BlobRef, bytes: Uint8Array): Promise<void> {
  if (await wasCreated(store, ref, bytes, 'application/octet-stream')) return;
  const found = await store.get(ref);
  if (found?.bytes.equals(bytes) === true) return;
  throw new ServingError(
    'etag-conflict',
    `${ref.path} is there with other bytes, and versions never change: register another version`,
  );
}

/** The manifest that is there where it describes the same model, else the one written. */
async function writeManifest(store: BlobStore, ref: BlobRef, manifest: Manifest): Promise<Manifest> {
  const bytes = Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`);
  if (await wasCreated(store, ref, bytes, 'application/json')) return manifest;
  const found = await store.get(ref);
  const known = parseJsonDocument(manifestSchema, ref.path, found?.bytes ?? Buffer.alloc(0));
  if (known.digest === manifest.digest) return known;
  throw new ServingError('etag-conflict', `${ref.path} describes other bytes, with digest ${known.digest}`);
}

async function wasCreated(
  store: BlobStore,
  ref: BlobRef,
  bytes: Uint8Array,
  contentType: string,
): Promise<boolean> {
  try {
    await store.put(ref, bytes, { ifNoneMatch: '*', contentType });
    return true;
  } catch (error) {
    if (error instanceof ServingError && error.code === 'etag-conflict') return false;
    throw error;
  }
}
