import { ServingError, type Violation } from '../errors';
import type { BlobProperties, BlobStore } from '../storage/blob-store';
import type { Catalog, CatalogModel, ModelVersion } from './catalog';
import { createCatalog } from './create-catalog';
import { readFolderVersion } from './folder-reader';
import { inParallel } from './in-parallel';
import { readPackIndex } from './manifest-reader';
import { toModelVersion } from './model-writer';

const PARALLEL_READS = 8;

/** Why a folder or pack is not in the catalog. */
export interface ReindexProblem {
  readonly path: string;
  readonly problem: string;
  readonly violations: readonly Violation[];
}

interface Found {
  readonly version: ModelVersion;
  readonly registeredAt: number;
}

/** The catalog that a registry's folders and packs make; `current` gives the order of versions and the aliases. */
export async function rebuildCatalog(
  store: BlobStore,
  container: string,
  current: Catalog,
): Promise<{ catalog: Catalog; problems: ReindexProblem[] }> {
  const problems: ReindexProblem[] = [];
  const blobs: BlobProperties[] = [];
  for await (const blob of store.list(container)) if (isIndexed(blob.path)) blobs.push(blob);

  const found = await inParallel(blobs, PARALLEL_READS, async (blob): Promise<Found[]> => {
    try {
      const versions = await versionsOf(store, container, blob.path, current);
      return versions.map((version) => ({ version, registeredAt: blob.lastModified.getTime() }));
    } catch (error) {
      problems.push(problemOf(blob.path, error));
      return [];
    }
  });

  const models = group(found.flat(), current, problems);
  problems.push(...lostVersions(current, models));
  problems.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { catalog: createCatalog(models), problems };
}

function isIndexed(path: string): boolean {
  return /^[^/]+\/[^/]+\/model\.json$/.test(path) || /^packs\/[^/]+\.pack$/.test(path);
}

async function versionsOf(
  store: BlobStore,
  container: string,
  path: string,
  current: Catalog,
): Promise<ModelVersion[]> {
  if (path.endsWith('/model.json')) return [await readFolderVersion(store, container, path, current)];
  const packed = await readPackIndex(store, container, path);
  return packed.map(({ manifest, start, end }) =>
    toModelVersion(manifest, { kind: 'pack', pack: path, start, end }),
  );
}

/** Faults of storage are not the folder's: they end the reindexing, so that it never drops what it could not read. */
function problemOf(path: string, error: unknown): ReindexProblem {
  if (!(error instanceof ServingError) || error.code === 'storage-unavailable') throw error;
  return { path, problem: error.message, violations: error.violations };
}

/** Versions in the order that the catalog had, new ones behind them by time. Of two of one name the known one stays. */
function group(
  found: readonly Found[],
  current: Catalog,
  problems: ReindexProblem[],
): Map<string, CatalogModel> {
  const models = new Map<string, CatalogModel>();
  const rank = ({ version: { model, version, digest }, registeredAt }: Found): number => {
    const versions = current.models.get(model)?.versions ?? [];
    const at = versions.findIndex((known) => known.version === version && known.digest === digest);
    return at === -1 ? registeredAt : at - versions.length;
  };
  const ranked = found.map((entry) => ({ ...entry, rank: rank(entry) }));
  for (const { version } of ranked.sort((a, b) => a.rank - b.rank)) {
    const { versions = [] } = models.get(version.model) ?? {};
    const twin = versions.find((other) => other.version === version.version);
    if (twin === undefined) {
      const aliases = current.models.get(version.model)?.aliases ?? {};
      models.set(version.model, { name: version.model, aliases, versions: [...versions, version] });
    } else if (twin.digest !== version.digest) {
      problems.push(twinProblem(version, twin));
    }
  }
  for (const [name, model] of models) models.set(name, { ...model, aliases: keptAliases(model) });
  return models;
}

function keptAliases({ aliases, versions }: CatalogModel): CatalogModel['aliases'] {
  const kept = Object.entries(aliases).filter(([, version]) =>
    versions.some((known) => known.version === version),
  );
  return Object.fromEntries(kept);
}

function twinProblem(version: ModelVersion, twin: ModelVersion): ReindexProblem {
  const problem = `Model ${version.model} version ${version.version} is also in ${pathOf(twin)}, with other bytes`;
  return { path: pathOf(version), problem, violations: [] };
}

/** Versions that the catalog had and that no folder or pack holds any more. */
function lostVersions(current: Catalog, models: ReadonlyMap<string, CatalogModel>): ReindexProblem[] {
  return [...current.models.values()].flatMap(({ name, versions }) =>
    versions
      .filter((lost) => !models.get(name)?.versions.some((kept) => kept.version === lost.version))
      .map((lost) => ({
        path: pathOf(lost),
        problem: `Model ${name} version ${lost.version} was in the catalog and is dropped from it`,
        violations: [],
      })),
  );
}

function pathOf({ location }: ModelVersion): string {
  return location.kind === 'folder' ? `${location.prefix}/model.json` : location.pack;
}
