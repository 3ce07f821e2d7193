import { ServingError } from '../errors';
import { textOf } from '../features/column-values';
import type { FeatureSet } from '../features/feature-set';
import type { ModelVersion } from '../registry/catalog';
import { groupByKeys } from './group-rows';
import type { ColumnBatch } from './scoring';

/** Finds the model of a row by the text of its key columns. */
export interface ModelLookup {
  readonly keyColumns: readonly string[];
  /** A row without a model is rejected (the default), or skipped: neither scored nor rejected. */
  readonly noMatch?: 'reject' | 'skip';
  /** A ServingError that it throws (several models carry these keys) rejects the rows. */
  resolve(keys: Readonly<Record<string, string | undefined>>): ModelVersion | undefined;
}

/** Looks a model up once per distinct combination of keys. Models with one feature set come to stand together. */
export function chooseModels(
  batch: ColumnBatch,
  lookup: ModelLookup,
  rejected: Map<number, string>,
): { models: ModelVersion[]; modelOfRow: Int32Array } {
  const keys = lookup.keyColumns.map((name) => {
    const column = batch.columns.get(name);
    if (!column) throw new ServingError('signature-mismatch', `key column "${name}" is missing`);
    return { name, column: textOf(column) };
  });
  const { groupOfRow, firstRow } = groupByKeys(
    keys.map(({ column }) => column),
    batch.rows,
  );
  const tuples = firstRow.map((row) =>
    Object.fromEntries(keys.map(({ name, column }) => [name, column.values[column.codes[row] ?? -1]])),
  );
  const ambiguous = new Map<number, string>();
  const found = tuples.map((tuple, group) => {
    try {
      return lookup.resolve(tuple);
    } catch (error) {
      if (!(error instanceof ServingError)) throw error;
      ambiguous.set(group, error.message);
      return undefined;
    }
  });
  const models = sortByFeatureSet(new Set(found.filter((model) => model !== undefined)));
  const numberOf = new Map(models.map((model, number) => [model, number]));
  const modelOfGroup = found.map((model) => (model ? (numberOf.get(model) ?? -1) : -1));
  const modelOfRow = groupOfRow.map((group) => modelOfGroup[group] ?? -1);
  const reasons = tuples.map(
    (tuple, group) => ambiguous.get(group) ?? (lookup.noMatch === 'skip' ? undefined : noModelReason(tuple)),
  );
  modelOfRow.forEach((model, row) => {
    const reason = model < 0 ? reasons[groupOfRow[row] ?? 0] : undefined;
    if (reason !== undefined && !rejected.has(row)) rejected.set(row, reason);
  });
  return { models, modelOfRow };
}

function noModelReason(tuple: Readonly<Record<string, string | undefined>>): string {
  const pairs = Object.entries(tuple).map(
    ([name, value]) => `${name}=${value === undefined ? '(missing)' : `"${value}"`}`,
  );
  return pairs.length === 0 ? 'no model' : `no model for ${pairs.join(', ')}`;
}

function sortByFeatureSet(models: ReadonlySet<ModelVersion>): ModelVersion[] {
  const bySet = new Map<FeatureSet | undefined, ModelVersion[]>();
  for (const model of models) {
    const same = bySet.get(model.featureSet);
    if (same) same.push(model);
    else bySet.set(model.featureSet, [model]);
  }
  return [...bySet.values()].flat();
}

/** Ranges of neighbouring models that share a feature set; a model without one is a range of its own. */
export function featureSetRuns(models: readonly ModelVersion[]): [from: number, to: number][] {
  const runs: [number, number][] = [];
  models.forEach((model, number) => {
    const last = runs.at(-1);
    const previous = models[number - 1];
    if (last && model.featureSet && previous?.featureSet === model.featureSet) last[1] = number + 1;
    else runs.push([number, number + 1]);
  });
  return runs;
}
