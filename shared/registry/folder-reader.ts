import { ServingError, type Violation } from '../errors';
import type { BlobStore } from '../storage/blob-store';
import { canonicalJson } from './canonical-json';
import type { Catalog, ModelVersion } from './catalog';
import { otherDigest } from './catalog-change';
import { parseJsonDocument, throwInvalidDocument } from './json-document';
import { handWrittenManifestSchema } from './manifest';
import { readModelFolder } from './model-folder';
import { toModelVersion } from './model-writer';
import { describeModel } from './new-model';
import type { Signature } from './signature';

/**
 * The version in a folder `{model}/{version}` that somebody may have uploaded by hand. What its `model.json` says is
 * checked against the files. Throws `invalid-document` or `invalid-model` with every problem, and `etag-conflict`
 * where the catalog has the version with other bytes.
 */
export async function readFolderVersion(
  store: BlobStore,
  container: string,
  manifestPath: string,
  current: Catalog,
): Promise<ModelVersion> {
  const [name = '', version = ''] = manifestPath.split('/');
  const found = await store.get({ container, path: manifestPath });
  if (found === undefined) throw new ServingError('not-found', `${manifestPath} is gone`);
  const written = parseJsonDocument(handWrittenManifestSchema, manifestPath, found.bytes);
  const files = await readModelFolder(store, container, name, version);
  const described = describeModel({
    ...{ name, version, ...files },
    featureSet: written.featureSet,
    tags: written.tags ?? {},
    metrics: written.metrics ?? {},
  });

  const violations = [
    ...differs('/name', name, written.name),
    ...differs('/version', version, written.version),
    ...differs('/digest', described.digest, written.digest),
    ...differs('/sizeBytes', described.sizeBytes, written.sizeBytes),
    ...differs('/signature', plain(described.signature), written.signature && plain(written.signature)),
  ];
  if (violations.length > 0) throwInvalidDocument(manifestPath, violations);
  const known = current.models.get(name)?.versions.find((other) => other.version === version);
  if (known !== undefined && known.digest !== described.digest) throw otherDigest(known, described.digest);
  return toModelVersion(described, { kind: 'folder', prefix: `${name}/${version}` });
}

/** What a hand-written manifest leaves out cannot be wrong. */
function differs(
  pointer: string,
  actual: string | number,
  written: string | number | undefined,
): Violation[] {
  if (written === undefined || written === actual) return [];
  return [{ pointer, expected: `${actual}, as the files have it`, received: String(written) }];
}

/** Names, datatypes and shapes; what dimensions are called does not matter. */
function plain({ inputs, outputs }: Signature): string {
  const specs = [inputs, outputs].map((tensors) =>
    tensors.map(({ name, datatype, shape }) => ({ name, datatype, shape })),
  );
  return canonicalJson(specs);
}
