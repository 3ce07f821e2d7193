import { ServingError } from '../errors';
import type { BlobStore } from '../storage/blob-store';
import type { Catalog, ModelVersion } from './catalog';
import { addVersions, type AliasMove, otherDigest, withAlias } from './catalog-change';
import { CatalogStore } from './catalog-store';
import { nameSchema, type Manifest } from './manifest';
import { readManifests } from './manifest-reader';
import { modelDigest } from './model-digest';
import type { StoredModel } from './model-folder';
import { readModel, readModels } from './model-reader';
import { writeFolder, writePacks } from './model-writer';
import { describeModel, type NewModel } from './new-model';
import { rebuildCatalog, type ReindexProblem } from './reindex';

export interface ModelRegistryOptions {
  /** Milliseconds since 1970; default the system's clock. */
  readonly now?: () => number;
  /** How old a catalog in memory may get before its etag is looked at again; default 10,000. */
  readonly refreshMs?: number;
}

/**
 * Where model versions live: folders and packs in one container, under one catalog blob.
 * Invariants: the catalog names only versions whose bytes are written; a version's bytes never change.
 */
export class ModelRegistry {
  readonly #store: BlobStore;
  readonly #container: string;
  readonly #catalog: CatalogStore;

  constructor(store: BlobStore, container: string, options: ModelRegistryOptions = {}) {
    const { now = Date.now, refreshMs = 10_000 } = options;
    this.#store = store;
    this.#container = container;
    this.#catalog = new CatalogStore(store, container, { now, refreshMs });
  }

  /** The catalog, at most `refreshMs` old; empty where nothing has been registered. */
  catalog(): Promise<Catalog> {
    return this.#catalog.current();
  }

  /** The catalog as storage has it now. */
  refresh(): Promise<Catalog> {
    return this.#catalog.refresh();
  }

  /** A version's bytes, checked against its digest. Throws `invalid-model` where they are gone or corrupt. */
  fetch(version: ModelVersion): Promise<StoredModel> {
    return readModel(this.#store, this.#container, version);
  }

  /**
   * Many versions' bytes by digest, read with few requests. A version whose bytes are gone or corrupt is left out;
   * {@link fetch} says why.
   */
  fetchMany(versions: readonly ModelVersion[]): Promise<Map<string, StoredModel>> {
    return readModels(this.#store, this.#container, versions);
  }

  /**
   * Manifests in the order of the versions, with the descriptions and provenance that the catalog leaves out;
   * undefined where one is gone or not valid.
   */
  manifests(versions: readonly ModelVersion[]): Promise<(Manifest | undefined)[]> {
    return readManifests(this.#store, this.#container, versions);
  }

  /**
   * Registers one version in a folder of its own. Registering the same bytes again gives the version that is there.
   * Throws `invalid-model` for a file that cannot be served, `etag-conflict` for a version that holds other bytes.
   */
  async register(model: NewModel, move?: AliasMove): Promise<ModelVersion> {
    const described = { model, manifest: describeModel(model) };
    const version = await writeFolder(this.#store, this.#container, described);
    const catalog = await this.#catalog.update((current) => addVersions(current, [version], move));
    return registered(catalog, version);
  }

  /**
   * Registers many versions at once, as one pack and one change of the catalog: readers see all of them or none.
   * Models with side files get folders. What is registered already is left as it is. Throws as {@link register}.
   */
  async registerPack(models: readonly NewModel[], move?: AliasMove): Promise<ModelVersion[]> {
    const before = await this.#catalog.refresh();
    const wanted = models
      .filter((model) => !isRegistered(before, model))
      .map((model) => ({ model, manifest: describeModel(model) }));
    const inFolders = wanted.filter(({ model }) => hasSideFiles(model));
    const inPacks = wanted.filter(({ model }) => !hasSideFiles(model));
    const versions = await writePacks(this.#store, this.#container, inPacks);
    for (const described of inFolders) {
      versions.push(await writeFolder(this.#store, this.#container, described));
    }
    const catalog = await this.#catalog.update((current) => addVersions(current, versions, move));
    return models.map(({ name, version }) => registered(catalog, { model: name, version }));
  }

  /**
   * Points an alias to a version. With `expected`, only where it points there now (null: nowhere), else `etag-conflict`.
   * Throws `model-not-found` for a version that is not registered.
   */
  async setAlias(
    model: string,
    alias: string,
    version: string,
    options: { readonly expected?: string | null } = {},
  ): Promise<void> {
    if (!nameSchema.safeParse(alias).success) {
      throw new ServingError('invalid-parameter', `${JSON.stringify(alias)} is not a name for an alias`);
    }
    await this.#catalog.update((current) => withAlias(current, model, alias, version, options.expected));
  }

  /**
   * Builds the catalog anew from the folders and packs that are there. What cannot be registered is reported and
   * keeps nothing else from being found; aliases stay where their version is still there.
   */
  async reindex(): Promise<{ catalog: Catalog; problems: readonly ReindexProblem[] }> {
    let problems: readonly ReindexProblem[] = [];
    const catalog = await this.#catalog.update(async (current) => {
      const rebuilt = await rebuildCatalog(this.#store, this.#container, current);
      problems = rebuilt.problems;
      return rebuilt.catalog.revision === current.revision ? current : rebuilt.catalog;
    });
    return { catalog, problems };
  }
}

function hasSideFiles({ externalData = {} }: NewModel): boolean {
  return Object.keys(externalData).length > 0;
}

function isRegistered(catalog: Catalog, { name, version, onnx, externalData }: NewModel): boolean {
  const known = catalog.models.get(name)?.versions.find((other) => other.version === version);
  if (known === undefined) return false;
  const digest = modelDigest(onnx, externalData);
  if (known.digest !== digest) throw otherDigest(known, digest);
  return true;
}

function registered(catalog: Catalog, wanted: { model: string; version: string }): ModelVersion {
  const model = catalog.models.get(wanted.model);
  const version = model?.versions.find((known) => known.version === wanted.version);
  if (version === undefined)
    throw new Error(`${wanted.model} ${wanted.version} is not in the catalog just written`);
  return version;
}
