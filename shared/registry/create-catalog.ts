import type { Catalog, CatalogModel, ModelVersion } from './catalog';
import { catalogRevision } from './catalog-revision';
import { SharedTable } from './shared-table';

/** A catalog of these models under its revision; equal signatures and equal feature sets become one object each. */
export function createCatalog(models: ReadonlyMap<string, CatalogModel>): Catalog {
  const signatures = new SharedTable<ModelVersion['signature']>();
  const featureSets = new SharedTable<NonNullable<ModelVersion['featureSet']>>();
  const shared = new Map<string, CatalogModel>();
  for (const [name, model] of models) {
    const versions = model.versions.map((version): ModelVersion => {
      const signature = signatures.shared(version.signature);
      const featureSet = version.featureSet && featureSets.shared(version.featureSet);
      const isShared = signature === version.signature && featureSet === version.featureSet;
      return isShared ? version : { ...version, signature, featureSet };
    });
    shared.set(name, { ...model, versions });
  }
  return { models: shared, revision: catalogRevision(shared) };
}
