import type { Violation } from '../errors';
import type { Catalog, CatalogModel, ModelVersion } from './catalog';
import { CATALOG_FORMAT, type CatalogDocument, catalogSchema, type VersionEntry } from './catalog-schema';
import { catalogRevision } from './catalog-revision';
import { parseJsonDocument, throwInvalidDocument } from './json-document';
import { SharedTable } from './shared-table';

const DOCUMENT = 'The catalog';

/** Reads `catalog.json`. Throws ServingError `invalid-document` with every problem and its JSON pointer. */
export function parseCatalog(bytes: Uint8Array): Catalog {
  const document = parseJsonDocument(catalogSchema, DOCUMENT, bytes);
  const violations = checkReferences(document);
  if (violations.length > 0) throwInvalidDocument(DOCUMENT, violations);
  const models = new Map<string, CatalogModel>();
  for (const { name, aliases, versions } of document.models) {
    models.set(name, { name, aliases, versions: versions.map((entry) => toVersion(document, name, entry)) });
  }
  return { models, revision: catalogRevision(models) };
}

/** Writes `catalog.json`, models in ordinal order of name: equal catalogs give equal bytes. */
export function encodeCatalog(catalog: Catalog): Buffer {
  const signatures = new SharedTable<ModelVersion['signature']>();
  const featureSets = new SharedTable<NonNullable<ModelVersion['featureSet']>>();
  const packs: string[] = [];
  const packIndexes = new Map<string, number>();

  const models = [...catalog.models.values()].sort(byName).map(({ name, aliases, versions }) => ({
    name,
    aliases,
    versions: versions.map(
      ({ version, digest, sizeBytes, signature, featureSet, location, tags, metrics }) => ({
        version,
        digest,
        sizeBytes,
        signature: signatures.indexOf(signature),
        ...(featureSet && { featureSet: featureSets.indexOf(featureSet) }),
        ...(location.kind === 'pack' && { pack: [packIndex(location.pack), location.start] }),
        tags,
        metrics,
      }),
    ),
  }));
  return Buffer.from(
    JSON.stringify({
      format: CATALOG_FORMAT,
      signatures: signatures.rows,
      featureSets: featureSets.rows,
      packs,
      models,
    }),
  );

  function packIndex(pack: string): number {
    const index = packIndexes.get(pack) ?? packs.push(pack) - 1;
    packIndexes.set(pack, index);
    return index;
  }
}

function byName(a: CatalogModel, b: CatalogModel): number {
  return a.name < b.name ? -1 : 1;
}

function checkReferences({ signatures, featureSets, packs, models }: CatalogDocument): Violation[] {
  const violations: Violation[] = [];
  const names = new Set<string>();
  for (const [at, { name, versions, aliases }] of models.entries()) {
    if (names.has(name)) violate(at, '/name', 'a name of its own', name);
    names.add(name);
    const known = new Set<string>();
    for (const [place, { version, signature, featureSet = -1, pack: [pack] = [-1] }] of versions.entries()) {
      const inModel = `/versions/${place}`;
      if (known.has(version)) violate(at, `${inModel}/version`, 'a version of its own', version);
      known.add(version);
      if (signature >= signatures.length) violateIndex(at, `${inModel}/signature`, signature, signatures);
      if (featureSet >= featureSets.length)
        violateIndex(at, `${inModel}/featureSet`, featureSet, featureSets);
      if (pack >= packs.length) violateIndex(at, `${inModel}/pack/0`, pack, packs);
    }
    for (const [alias, version] of Object.entries(aliases)) {
      if (!known.has(version)) violate(at, `/aliases/${alias}`, 'a version of the model', version);
    }
  }
  return violations;

  function violateIndex(at: number, inModel: string, index: number, rows: readonly unknown[]): void {
    violate(at, inModel, `an index below ${rows.length}`, String(index));
  }

  function violate(at: number, inModel: string, expected: string, received: string): void {
    violations.push({ pointer: `/models/${at}${inModel}`, expected, received });
  }
}

/** Every index has been checked. */
function toVersion(document: CatalogDocument, model: string, entry: VersionEntry): ModelVersion {
  const { version, digest, sizeBytes, tags, metrics, pack } = entry;
  const [packAt, start] = pack ?? [];
  return {
    model,
    version,
    location:
      packAt === undefined || start === undefined
        ? { kind: 'folder', prefix: `${model}/${version}` }
        : { kind: 'pack', pack: rowOf(document.packs, packAt), start, end: start + sizeBytes },
    digest,
    sizeBytes,
    signature: rowOf(document.signatures, entry.signature),
    featureSet: entry.featureSet === undefined ? undefined : rowOf(document.featureSets, entry.featureSet),
    tags,
    metrics,
  };
}

function rowOf<T>(rows: readonly T[], index: number): T {
  const row = rows[index];
  if (row === undefined) throw new RangeError(`no row ${index}`);
  return row;
}
