import { canonicalJson } from './canonical-json';
import type { CatalogModel, ModelVersion } from './catalog';
import { sha256 } from './model-digest';

/**
 * Digest of a catalog's content. The order of versions counts (the last is `latest`); the order of models, aliases,
 * tags and metrics does not, nor how the document was written.
 */
export function catalogRevision(models: ReadonlyMap<string, CatalogModel>): string {
  const memo = new Map<object, string>();
  const lines = [...models.values()].map((model) => {
    const versions = model.versions.map((version) => versionLine(version, memo));
    return JSON.stringify([model.name, flat(model.aliases), versions]);
  });
  return sha256(lines.sort().join('\n'));
}

function versionLine(version: ModelVersion, memo: Map<object, string>): unknown[] {
  const { location, signature, featureSet } = version;
  return [
    version.version,
    version.digest,
    version.sizeBytes,
    location.kind === 'pack' ? [location.pack, location.start] : [],
    memoised(signature, memo),
    featureSet === undefined ? '' : memoised(featureSet, memo),
    flat(version.tags),
    flat(version.metrics),
  ];
}

/** Thousands of versions share a few signatures and feature sets. */
function memoised(value: object, memo: Map<object, string>): string {
  const known = memo.get(value);
  if (known !== undefined) return known;
  const digest = sha256(canonicalJson(value)).slice(0, 32);
  memo.set(value, digest);
  return digest;
}

function flat(record: Readonly<Record<string, string | number>>): (string | number | undefined)[] {
  return Object.keys(record)
    .sort()
    .flatMap((key) => [key, record[key]]);
}
