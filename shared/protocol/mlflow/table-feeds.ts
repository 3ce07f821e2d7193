import { ServingError, type Violation } from '../../errors';
import type { Signature, TensorSpec } from '../../registry/signature';
import { allocateElements } from '../../tensor/tensor-check';
import type { Tensor, Tensors } from '../../tensor/tensor';
import type { JsonValue } from '../json-document';
import { parseTensor } from '../../tensor/parse-tensor';
import { readTensorJson } from '../tensor-json';
import { columnTensor } from './column-tensor';
import { fitTensor } from './fit-tensor';
import type { ColumnType, SignatureColumn } from './signature';
import type { Table } from './table';

/** Records may each have names of their own: their table is then far larger than their body. */
const MAX_CELLS = 2 ** 25;

/** A column that goes into the model. */
interface ChosenColumn {
  readonly name: string | undefined;
  readonly type: ColumnType | undefined;
  readonly values: readonly JsonValue[];
  readonly pointer: (row: number) => string;
}

/**
 * A table as a model's inputs. Declared columns are picked by name (by place where they have no names) in the declared
 * order; others are ignored. A model of one input takes them as its matrix `[rows, columns]`, a model of several takes
 * the column of each input's name. What does not fit is added to `problems`, which come in empty.
 */
export function tableFeeds(
  table: Table,
  { inputs }: Signature,
  declared: readonly SignatureColumn[] | undefined,
  problems: Violation[],
): Tensors {
  const [spec, ...others] = inputs;
  if (spec === undefined) return {};
  if (others.length === 0) {
    const isPlain = table.matrix !== undefined && isWholeTable(table, declared);
    const tensor = isPlain
      ? readTensorJson(table.matrix, spec.datatype, table.place, problems)
      : matrixOf(chosenColumns(table, declared, problems), spec, table, problems);
    const fitted = tensor && fitTensor(tensor, spec, table.place, problems);
    return fitted ? { [spec.name]: fitted } : {};
  }
  return columnPerInput(chosenColumns(table, declared, problems), inputs, declared, table.place, problems);
}

/** True where the numbers can go in as they stand: every column, in order, of a type that takes any number. */
function isWholeTable(table: Table, declared: readonly SignatureColumn[] | undefined): boolean {
  if (declared === undefined) return true;
  const isSame = ({ name, type }: SignatureColumn, index: number) =>
    type === 'double' && (name === undefined || name === table.columns[index]?.name);
  return declared.length === table.columns.length && declared.every(isSame);
}

function chosenColumns(
  table: Table,
  declared: readonly SignatureColumn[] | undefined,
  problems: Violation[],
): ChosenColumn[] {
  if (declared === undefined) return table.columns.map((_, index) => chosen(table, index, undefined));
  const isNamed =
    declared.some(({ name }) => name !== undefined) && table.columns.some(({ name }) => name !== undefined);
  if (!isNamed && declared.length !== table.columns.length) {
    problems.push({
      pointer: table.place,
      expected: `${declared.length} columns`,
      received: `${table.columns.length} columns`,
    });
    return [];
  }
  return declared.flatMap((column, place) => {
    const index = isNamed ? table.columns.findIndex(({ name }) => name === column.name) : place;
    if (index !== -1) return [chosen(table, index, column)];
    if (!column.isRequired)
      return [{ ...column, values: Array<null>(table.rows).fill(null), pointer: () => table.place }];
    const expected = `a column ${JSON.stringify(column.name)} (${describeType(column.type)})`;
    problems.push({ pointer: table.place, expected, received: 'none of that name' });
    return [];
  });
}

function chosen(table: Table, index: number, declared: SignatureColumn | undefined): ChosenColumn {
  const column = table.columns[index];
  return {
    name: declared?.name ?? column?.name,
    type: declared?.type,
    get values() {
      return column?.values ?? [];
    },
    pointer: (row) => table.pointer(row, index),
  };
}

function columnPerInput(
  columns: readonly ChosenColumn[],
  inputs: readonly TensorSpec[],
  declared: readonly SignatureColumn[] | undefined,
  place: string,
  problems: Violation[],
): Tensors {
  const tensors: Record<string, Tensor> = {};
  const isNamed = columns.some(({ name }) => name !== undefined);
  for (const [index, spec] of inputs.entries()) {
    const column = isNamed ? columns.find(({ name }) => name === spec.name) : columns[index];
    if (column === undefined) {
      const expected = `a column ${JSON.stringify(spec.name)} (${spec.datatype})`;
      const isReported = declared?.some(({ name }) => name === spec.name) === true;
      if (!isReported) problems.push({ pointer: place, expected, received: 'none of that name' });
      continue;
    }
    const tensor = columnTensor(column.values, column.type, spec.datatype, column.pointer, problems);
    const fitted = tensor && fitTensor({ shape: tensor.shape, flat: tensor }, spec, place, problems);
    if (fitted) tensors[spec.name] = fitted;
  }
  return tensors;
}

function matrixOf(columns: readonly ChosenColumn[], spec: TensorSpec, table: Table, problems: Violation[]) {
  const { datatype } = spec;
  const width = spec.shape?.[1] ?? -1;
  const received = [table.rows, columns.length];
  const isOtherWidth = columns.length > 1 && width !== -1 && width !== columns.length;
  if (isOtherWidth && problems.length === 0) {
    const expected = `shape [${spec.shape?.join(', ') ?? ''}] for input ${JSON.stringify(spec.name)}`;
    problems.push({ pointer: table.place, expected, received: `shape [${received.join(', ')}]` });
    return undefined;
  }
  if (table.rows * columns.length > MAX_CELLS) {
    throw new ServingError(
      'payload-too-large',
      `The table has ${received.join(' × ')} cells, over ${MAX_CELLS}`,
    );
  }
  const tensors = columns.map(({ values, type, pointer }) =>
    columnTensor(values, type, datatype, pointer, problems),
  );
  if (problems.length > 0) return undefined;
  const [first, ...others] = tensors;
  if (first !== undefined && others.length === 0) return { shape: first.shape, flat: first };
  const lists = tensors.findIndex((tensor) => tensor?.shape.length !== 1);
  if (lists !== -1) {
    const expected = 'one value a cell, as the model takes all columns in one matrix';
    problems.push({ pointer: table.pointer(0, lists), expected, received: 'a list' });
    return undefined;
  }
  const shape = [table.rows, columns.length];
  const data = allocateElements(datatype, table.rows * columns.length);
  const cells: Record<number, unknown> = data;
  for (const [column, tensor] of tensors.entries()) {
    for (let row = 0; row < table.rows; row += 1) cells[row * columns.length + column] = tensor?.data[row];
  }
  return { shape, flat: parseTensor(datatype, shape, data) };
}

function describeType(type: ColumnType): string {
  return typeof type === 'object' ? `array of ${describeType(type.array)}` : type;
}
