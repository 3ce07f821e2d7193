import { ServingError } from '../errors';
import { missingMarks, numbersOf, textOf } from '../features/column-values';
import type { ColumnType } from '../features/feature-set';
import type { ModelVersion } from '../registry/catalog';
import type { TensorSpec } from '../registry/signature';
import { float32ToFloat16 } from '../tensor/float16';
import type { Datatype, Tensor } from '../tensor/tensor';
import type { ColumnBatch } from './scoring';

/** A column that a model reads, and what its values must be. */
export interface RequiredColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/**
 * Columns that a model needs a row to have: those of its feature set, else one for each of its inputs, by name.
 */
export function requiredColumns(version: ModelVersion): readonly RequiredColumn[] {
  return (
    version.featureSet?.columns ??
    version.signature.inputs.map(({ name, datatype }) => ({
      name,
      type: datatype === 'BYTES' ? 'text' : 'number',
    }))
  );
}

/**
 * Why rows cannot be given to a model: the name of the required column that holds no value, by row.
 * @param problems filled by row; a row named there already keeps its reason
 */
export function markIncompleteRows(
  batch: ColumnBatch,
  required: readonly RequiredColumn[],
  rows: Int32Array,
  problems: Map<number, string>,
): void {
  for (const { name, type } of required) {
    const column = batch.columns.get(name);
    const marks = column && missingMarks(column, type);
    if (!marks) continue;
    for (const row of rows) {
      const value = marks[row] ?? NaN;
      if (value - value !== 0 && !problems.has(row)) {
        problems.set(row, `column "${name}" has no ${type === 'number' ? 'finite number' : 'timestamp'}`);
      }
    }
  }
}

/**
 * The inputs of a model without a feature set: each input takes the column of its name, shape `[rows]` or `[rows, 1]`.
 * Throws ServingError `signature-mismatch` where a column is absent or an input wants several elements a row.
 */
export function inputsByName(
  version: ModelVersion,
  batch: ColumnBatch,
  rows: Int32Array,
): Record<string, Tensor> {
  return Object.fromEntries(
    version.signature.inputs.map((input) => [input.name, inputTensor(version, input, batch, rows)]),
  );
}

function inputTensor(version: ModelVersion, input: TensorSpec, batch: ColumnBatch, rows: Int32Array): Tensor {
  const column = batch.columns.get(input.name);
  const rank = input.shape?.length ?? 1;
  const isColumn = rank === 1 || (rank === 2 && (input.shape?.[1] ?? 1) <= 1);
  if (!column || !isColumn) {
    const problem = column ? `wants [${input.shape?.join(', ') ?? ''}]` : 'finds no column of its name';
    throw new ServingError(
      'signature-mismatch',
      `input "${input.name}" of model ${version.model} ${problem}; give the model a feature set`,
    );
  }
  const shape = rank === 2 ? [rows.length, 1] : [rows.length];
  if (input.datatype === 'BYTES') {
    const { codes, values } = textOf(column);
    const data = Array.from(rows, (row) => values[codes[row] ?? -1] ?? '');
    return { datatype: 'BYTES', shape, data };
  }
  const numbers = numbersOf(column);
  return numericTensor(
    input.datatype,
    shape,
    Float64Array.from(rows, (row) => numbers[row] ?? NaN),
  );
}

/** Rows with a missing value never come here. Integer arrays drop a fraction, as BigInt does not. */
function numericTensor(
  datatype: Exclude<Datatype, 'BYTES'>,
  shape: readonly number[],
  numbers: Float64Array,
): Tensor {
  switch (datatype) {
    case 'BOOL':
      return { datatype, shape, data: Uint8Array.from(numbers, (value) => (value === 0 ? 0 : 1)) };
    case 'UINT8':
      return { datatype, shape, data: Uint8Array.from(numbers) };
    case 'UINT16':
      return { datatype, shape, data: Uint16Array.from(numbers) };
    case 'UINT32':
      return { datatype, shape, data: Uint32Array.from(numbers) };
    case 'UINT64':
      return { datatype, shape, data: BigUint64Array.from(wholeNumbers(numbers)) };
    case 'INT8':
      return { datatype, shape, data: Int8Array.from(numbers) };
    case 'INT16':
      return { datatype, shape, data: Int16Array.from(numbers) };
    case 'INT32':
      return { datatype, shape, data: Int32Array.from(numbers) };
    case 'INT64':
      return { datatype, shape, data: BigInt64Array.from(wholeNumbers(numbers)) };
    case 'FP16':
      return { datatype, shape, data: float32ToFloat16(numbers) };
    case 'FP32':
      return { datatype, shape, data: Float32Array.from(numbers) };
    case 'FP64':
      return { datatype, shape, data: numbers };
  }
}

function wholeNumbers(numbers: Float64Array): bigint[] {
  return Array.from(numbers, (value) => BigInt(Math.trunc(value)));
}
