import { ServingError } from '../errors';
import { type Catalog, type CatalogModel, type ModelVersion, resolveVersion } from '../registry/catalog';
import type { Selector } from './endpoint';

type KeysSelector = Extract<Selector, { kind: 'keys' }>;
type Rule = KeysSelector['rules'][number];
type Keys = Readonly<Record<string, string | undefined>>;

/** Key values, in the rule's order, to the version that carries them as tags; several is a mistake in the tags. */
interface RuleIndex {
  readonly columns: readonly string[];
  readonly versions: ReadonlyMap<string, readonly [ModelVersion, ...ModelVersion[]]>;
}

/**
 * Which model a row is scored by: the selector of a deployment resolved against a catalog once, then answered by one
 * hash look-up a rule. Immutable; {@link ModelIndexes} keeps it for as long as the catalog stays the same.
 */
export class ModelIndex {
  /** Columns whose values choose the model, each once; none where one model scores every row. */
  readonly keyColumns: readonly string[];
  /** Those of them that every rule needs: a row that lacks one of these has no model. */
  readonly requiredKeys: readonly string[];
  /** Every version that can be chosen, in the catalog's order. */
  readonly versions: readonly ModelVersion[];
  /** What happens to a row without a model. */
  readonly noMatch: 'reject' | 'skip';
  readonly #rules: readonly RuleIndex[];

  constructor(catalog: Catalog, selector: Selector) {
    this.noMatch = selector.kind === 'keys' ? selector.noMatch : 'reject';
    this.#rules =
      selector.kind === 'keys'
        ? selector.rules.map((rule) => indexRule(rule, chosenVersions(catalog, selector.alias)))
        : [singleModel(catalog, selector)];
    this.keyColumns = [...new Set(this.#rules.flatMap(({ columns }) => columns))];
    this.requiredKeys = this.keyColumns.filter((column) =>
      this.#rules.every(({ columns }) => columns.includes(column)),
    );
    const found = this.#rules.flatMap(({ versions }) => [...versions.values()].flat());
    this.versions = [...new Set(found)];
  }

  get modelCount(): number {
    return this.versions.length;
  }

  /**
   * The version for these key values: of the first rule that finds one; undefined where none does, or where a value is
   * missing for every rule. Throws `invalid-document` where two models carry the same tags.
   */
  resolve(keys: Keys): ModelVersion | undefined {
    for (const { columns, versions } of this.#rules) {
      const found = versions.get(tupleOf(columns, keys) ?? '');
      if (!found) continue;
      if (found.length > 1) throw ambiguous(columns, keys, found);
      return found[0];
    }
    return undefined;
  }
}

function singleModel(catalog: Catalog, selector: Extract<Selector, { kind: 'model' }>): RuleIndex {
  const model = catalog.models.get(selector.model);
  const version = model && versionOf(model, selector);
  return { columns: [], versions: new Map(version ? [['[]', [version]]] : []) };
}

function versionOf(
  model: CatalogModel,
  { version, alias }: Extract<Selector, { kind: 'model' }>,
): ModelVersion | undefined {
  if (version !== undefined) return resolveVersion(model, { version });
  return resolveVersion(model, alias === undefined ? { latest: true } : { alias });
}

/** Of each model the version that a selector's alias names, else its latest. Models without the alias take no part. */
function chosenVersions(catalog: Catalog, alias: string | undefined): ModelVersion[] {
  const selector = alias === undefined ? ({ latest: true } as const) : { alias };
  return [...catalog.models.values()].flatMap((model) => resolveVersion(model, selector) ?? []);
}

function indexRule(rule: Rule, candidates: readonly ModelVersion[]): RuleIndex {
  const where = Object.entries(rule.where);
  const versions = new Map<string, [ModelVersion, ...ModelVersion[]]>();
  for (const version of candidates) {
    if (!where.every(([tag, value]) => tagOf(version, tag) === value)) continue;
    const values = rule.keys.map(({ tag }) => tagOf(version, tag));
    if (values.includes(undefined)) continue;
    const tuple = JSON.stringify(values);
    const same = versions.get(tuple);
    if (same) same.push(version);
    else versions.set(tuple, [version]);
  }
  return { columns: rule.keys.map(({ column }) => column), versions };
}

function tagOf({ tags }: ModelVersion, tag: string): string | undefined {
  return Object.hasOwn(tags, tag) ? tags[tag] : undefined;
}

/** JSON, because it separates values whatever characters they hold. */
function tupleOf(columns: readonly string[], keys: Keys): string | undefined {
  const values = columns.map((column) => keys[column]);
  return values.includes(undefined) ? undefined : JSON.stringify(values);
}

function ambiguous(columns: readonly string[], keys: Keys, found: readonly ModelVersion[]): ServingError {
  const tuple = columns.map((column) => `${column}=${keys[column] ?? ''}`).join(', ');
  const names = found.map(({ model, version }) => `"${model}" version ${version}`).join(' and ');
  return new ServingError(
    'invalid-document',
    `Several models carry the tags of ${tuple || 'the deployment'}: ${names}; only one may`,
  );
}
