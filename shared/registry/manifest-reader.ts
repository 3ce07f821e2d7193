import { ServingError } from '../errors';
import type { BlobStore } from '../storage/blob-store';
import type { ModelVersion } from './catalog';
import { inParallel } from './in-parallel';
import { parseJsonDocument } from './json-document';
import { handWrittenManifestSchema, type Manifest } from './manifest';
import { PACK_HEADER_BYTES, type PackedModel, parsePackHeader, parsePackIndex } from './pack';

const PARALLEL_READS = 8;

/** The index of a pack, with two range reads. Throws `invalid-document` for a blob that is no pack. */
export async function readPackIndex(
  store: BlobStore,
  container: string,
  path: string,
): Promise<PackedModel[]> {
  const ref = { container, path };
  const indexBytes = parsePackHeader(path, await store.getRange(ref, 0, PACK_HEADER_BYTES));
  const index = await store.getRange(ref, PACK_HEADER_BYTES, PACK_HEADER_BYTES + indexBytes);
  return parsePackIndex(path, index);
}

/**
 * Descriptions and provenance, which the catalog leaves out, in the order of the versions; undefined where a manifest
 * is gone or not valid.
 */
export async function readManifests(
  store: BlobStore,
  container: string,
  versions: readonly ModelVersion[],
): Promise<(Manifest | undefined)[]> {
  const packs = [...new Set(versions.flatMap(packOf))];
  const packed = new Map<string, Manifest>();
  await inParallel(packs, PARALLEL_READS, async (pack) => {
    const models = await readPackIndex(store, container, pack).catch(unlessFaulty);
    for (const { manifest } of models ?? []) {
      packed.set(keyOf(pack, manifest.name, manifest.version), manifest);
    }
  });
  return inParallel(versions, PARALLEL_READS, async (version) => {
    const { location } = version;
    if (location.kind === 'folder') {
      return readFolderManifest(store, container, version, location.prefix).catch(unlessFaulty);
    }
    return packed.get(keyOf(location.pack, version.model, version.version));
  });
}

async function readFolderManifest(
  store: BlobStore,
  container: string,
  version: ModelVersion,
  prefix: string,
): Promise<Manifest | undefined> {
  const path = `${prefix}/model.json`;
  const found = await store.get({ container, path });
  if (found === undefined) return undefined;
  const {
    tags = {},
    metrics = {},
    provenance = {},
    ...written
  } = parseJsonDocument(handWrittenManifestSchema, path, found.bytes);
  const { digest, sizeBytes } = version;
  const signature = { inputs: [...version.signature.inputs], outputs: [...version.signature.outputs] };
  return { ...written, tags, metrics, provenance, digest, sizeBytes, signature };
}

function packOf({ location }: ModelVersion): string[] {
  return location.kind === 'pack' ? [location.pack] : [];
}

function keyOf(pack: string, model: string, version: string): string {
  return `${pack} ${model} ${version}`;
}

/** The document is at fault; a fault of storage is nobody's manifest. */
function unlessFaulty(error: unknown): undefined {
  if (error instanceof ServingError && ['invalid-document', 'not-found'].includes(error.code))
    return undefined;
  throw error;
}
