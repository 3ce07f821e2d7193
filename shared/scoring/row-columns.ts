import type { ModelIndex } from '../endpoints/model-index';
import { ServingError } from '../errors';
import type { ColumnType } from '../features/feature-set';
import type { ModelVersion } from '../registry/catalog';
import { requiredColumns } from './model-inputs';

/** A member of a row record: what it must be, and what it is for. */
export interface RowColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** Its text chooses the row's model. Numbers and booleans are taken by their text. */
  readonly isKey: boolean;
  /** Every row must have this member; it may be null, then the row alone fails. */
  readonly isRequired: boolean;
  readonly description?: string;
}

/**
 * The columns that rows for these models have: keys first, then what the models compute their inputs from. Throws
 * `invalid-document` where two models want one column in different types.
 */
export function rowColumns(index: ModelIndex): readonly RowColumn[] {
  const sets = distinctInputs(index.versions).map((version) => requiredColumns(version));
  const columns = new Map<string, RowColumn>();
  for (const name of index.keyColumns)
    columns.set(name, { name, type: 'text', isKey: true, isRequired: index.requiredKeys.includes(name) });
  for (const column of sets.flat()) {
    const known = columns.get(column.name);
    if (known?.isKey === true) continue; // a key's text is read as a number where a feature wants one
    if (known && known.type !== column.type) throw twoTypes(column.name, known.type, column.type);
    const isRequired = sets.every((set) => set.some(({ name }) => name === column.name));
    columns.set(column.name, { ...column, isKey: false, isRequired });
  }
  return [...columns.values()];
}

/** One version of each feature set, or signature where there is none; equal ones of a catalog are one object. */
function distinctInputs(versions: readonly ModelVersion[]): ModelVersion[] {
  const byInputs = new Map<object, ModelVersion>();
  for (const version of versions) {
    const inputs = version.featureSet ?? version.signature;
    if (!byInputs.has(inputs)) byInputs.set(inputs, version);
  }
  return [...byInputs.values()];
}

function twoTypes(name: string, one: ColumnType, other: ColumnType): ServingError {
  return new ServingError(
    'invalid-document',
    `The endpoint's models want the column "${name}" as ${one} and as ${other}`,
  );
}
