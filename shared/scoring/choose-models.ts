import { ServingError } from '../errors';
import { textOf } from '../features/column-values';
import type { FeatureSet } from '../features/feature-set';
import type { ModelVersion } from '../registry/catalog';
import { groupByKeys } from './group-rows';
import type { ColumnBatch } from './scoring';

/** Finds the model of a row by the text of its key columns. */
export interface ModelLookup {
  readonly keyColumns: readonly string[];
  resolve(keys: Readonly<Record<string, string | undefined>>): ModelVersion | undefined;
}

/** Looks a model up once per distinct combination of keys. Models with one feature set come to stand together. */
export function chooseModels(
  batch: ColumnBatch,
  lookup: ModelLookup,
  noMatch: 'reject' | 'skip',
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
  const found = tuples.map((tuple) => lookup.resolve(tuple));
  const models = sortByFeatureSet(new Set(found.filter((model) => model !== undefined)));
  const numberOf = new Map(models.map((model, number) => [model, number]));
  const modelOfGroup = found.map((model) => (model ? (numberOf.get(model) ?? -1) : -1));
  const modelOfRow = groupOfRow.map((group) => modelOfGroup[group] ?? -1);
  if (noMatch === 'reject') {
    const reasons = tuples.map(noModelReason);
    modelOfRow.forEach((model, row) => {
      if (model < 0 && !rejected.has(row)) rejected.set(row, reasons[groupOfRow[row] ?? 0] ?? '');
    });
  }
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
