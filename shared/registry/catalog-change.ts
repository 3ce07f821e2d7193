import { ServingError } from '../errors';
import type { Catalog, CatalogModel, ModelVersion } from './catalog';
import { createCatalog } from './create-catalog';

/** An alias that follows every newly added version; the version it leaves is kept under another. */
export interface AliasMove {
  readonly alias: string;
  readonly previous: string;
}

/**
 * The catalog with these versions added. One that is there under the same digest stays as it is; under another
 * digest it throws ServingError `etag-conflict`: versions never change. No change gives the same object.
 */
export function addVersions(catalog: Catalog, added: readonly ModelVersion[], move?: AliasMove): Catalog {
  const models = new Map(catalog.models);
  let isChanged = false;
  for (const version of added) {
    const model = models.get(version.model);
    const known = model?.versions.find((other) => other.version === version.version);
    if (known !== undefined) {
      if (known.digest !== version.digest) throw otherDigest(known, version.digest);
      continue;
    }
    models.set(version.model, withVersion(model, version, move));
    isChanged = true;
  }
  return isChanged ? createCatalog(models) : catalog;
}

/**
 * The catalog with an alias set. Throws ServingError `model-not-found` where model or version are not there, and
 * `etag-conflict` where the alias does not point to `expected`, if that is given (null: there is no such alias yet).
 */
export function withAlias(
  catalog: Catalog,
  name: string,
  alias: string,
  version: string,
  expected?: string | null,
): Catalog {
  const model = catalog.models.get(name);
  if (model?.versions.some((known) => known.version === version) !== true) {
    throw new ServingError('model-not-found', `There is no version ${version} of model ${name}`);
  }
  const current = model.aliases[alias];
  if (expected !== undefined && expected !== (current ?? null)) {
    throw new ServingError(
      'etag-conflict',
      `Alias ${alias} of model ${name}: expected ${expected ?? 'none'}, it points to ${current ?? 'nothing'}`,
    );
  }
  if (current === version) return catalog;
  const aliases = { ...model.aliases, [alias]: version };
  return createCatalog(new Map(catalog.models).set(name, { ...model, aliases }));
}

export function otherDigest({ model, version, digest }: ModelVersion, received: string): ServingError {
  return new ServingError(
    'etag-conflict',
    `Model ${model} version ${version} is registered with digest ${digest} and cannot become ${received}`,
  );
}

function withVersion(model: CatalogModel | undefined, version: ModelVersion, move?: AliasMove): CatalogModel {
  const { aliases = {}, versions = [] } = model ?? {};
  return {
    name: version.model,
    versions: [...versions, version],
    aliases: move === undefined ? aliases : moved(aliases, move, version.version),
  };
}

function moved(aliases: CatalogModel['aliases'], { alias, previous }: AliasMove, version: string) {
  const left = aliases[alias];
  return { ...aliases, ...(left !== undefined && { [previous]: left }), [alias]: version };
}
