import { canonicalJson } from './canonical-json';
import type { CatalogModel, ModelVersion } from './catalog';
import { sha256 } from './model-digest';

/**
 * Digest of a catalog's content. The order of versions counts (the last is `latest`); the order of models, aliases,
 * tags and metrics does not, nor how the document was written. One native JSON.stringify over all of it is several
 * times faster than text put together here, and cold starts wait for it.
 */
export function catalogRevision(models: ReadonlyMap<string, CatalogModel>): string {
  const digests = new Map<object, string>();
  const content = [...models.keys()].sort().map((name) => {
    const { aliases = {}, versions = [] } = models.get(name) ?? {};
    return [name, inKeyOrder(aliases), versions.map((version) => versionContent(version, digests))];
  });
  return sha256(JSON.stringify(content));
}

function versionContent(version: ModelVersion, digests: Map<object, string>): unknown[] {
  const { location, signature, featureSet } = version;
  return [
    version.version,
    version.digest,
    version.sizeBytes,
    location.kind === 'pack' ? location.pack : '',
    location.kind === 'pack' ? location.start : 0,
    digestOf(signature, digests),
    featureSet === undefined ? '' : digestOf(featureSet, digests),
    inKeyOrder(version.tags),
    inKeyOrder(version.metrics),
  ];
}

/** Thousands of versions share a few signatures and feature sets. */
function digestOf(value: object, digests: Map<object, string>): string {
  const known = digests.get(value);
  if (known !== undefined) return known;
  const digest = sha256(canonicalJson(value));
  digests.set(value, digest);
  return digest;
}

/** Most records have their keys in order already, and then cost no copy. */
function inKeyOrder<T>(record: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  let last = '';
  for (const key in record) {
    if (key < last) return sorted(record);
    last = key;
  }
  return record;
}

function sorted<T>(record: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
