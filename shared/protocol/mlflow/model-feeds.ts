import { ServingError, type Violation } from '../../errors';
import type { Signature, TensorSpec } from '../../registry/signature';
import type { Tensor, Tensors } from '../../tensor/tensor';
import type { JsonObject, JsonValue } from '../json-document';
import { readTensorJson } from '../tensor-json';
import { inWords, listed } from '../violation-list';
import { columnTensor } from './column-tensor';
import { fitTensor } from './fit-tensor';
import type { ModelInput } from './invocation';
import type { MlflowSignature, SignatureColumn, SignatureTensor } from './signature';
import { cellsOf, escapePointer, tableOfRecords, tableOfRows, type Table } from './table';
import { tableFeeds } from './table-feeds';

/** Tensors by the model's input names, and the form that an answer takes. */
export interface ModelFeeds {
  readonly tensors: Tensors;
  /** `rows`: an object a row, as for a data frame. `object`: an array an output. */
  readonly form: 'rows' | 'object';
  /** Rows of the table; 0 for the form `object`. */
  readonly rows: number;
}

/**
 * What to run a model with for a request in MLflow's or Azure ML's shapes. `declared` is the MLflow signature, which
 * says more than the ONNX file: names and types of columns. Values are cast to the ONNX types with range checks.
 * Throws `signature-mismatch` that lists every problem at once: inputs missing or unknown, shapes, values.
 */
export function modelFeeds(input: ModelInput, signature: Signature, declared?: MlflowSignature): ModelFeeds {
  const problems: Violation[] = [];
  const feeds = feedsOf(input, signature, declared?.inputs, problems);
  if (problems.length > 0) {
    const detail = `The request does not fit the model: ${inWords(problems)}`;
    throw new ServingError('signature-mismatch', detail, { violations: listed(problems) });
  }
  return feeds;
}

function feedsOf(
  input: ModelInput,
  signature: Signature,
  declared: MlflowSignature['inputs'] | undefined,
  problems: Violation[],
): ModelFeeds {
  if (declared?.kind === 'columns') {
    const table = asTable(input, declared.columns);
    if (table !== undefined) return rowFeeds(table, signature, declared.columns, problems);
  }
  const tensors = declared?.kind === 'tensors' ? declared.tensors : undefined;
  switch (input.kind) {
    case 'table': {
      if (tensors === undefined) return rowFeeds(input.table, signature, undefined, problems);
      const named = tensors.some(({ name }) => name !== undefined)
        ? columnsByName(input.table, signature, problems)
        : undefined;
      return {
        tensors: named ?? tableFeeds(input.table, signature, undefined, problems),
        form: 'object',
        rows: 0,
      };
    }
    case 'named':
      return {
        tensors: namedTensors(input.tensors, input.pointer, signature, tensors, problems),
        form: 'object',
        rows: 0,
      };
    case 'array':
      return {
        tensors: oneTensor(input.value, input.pointer, signature, tensors, problems),
        form: 'object',
        rows: 0,
      };
  }
}

function rowFeeds(
  table: Table,
  signature: Signature,
  columns: readonly SignatureColumn[] | undefined,
  problems: Violation[],
): ModelFeeds {
  return { tensors: tableFeeds(table, signature, columns, problems), form: 'rows', rows: table.rows };
}

/** Any form as a table of the declared columns: arrays by name are columns, rows of cells get the names in order. */
function asTable(input: ModelInput, columns: readonly SignatureColumn[]): Table | undefined {
  if (input.kind === 'table') return input.table;
  if (input.kind === 'named') return tableOfArrays(input.tensors, input.pointer);
  const cells = cellsOf(input.value);
  if (cells === undefined) return undefined;
  const records = tableOfRecords(cells, input.pointer);
  if (!('brokenRow' in records)) return records;
  const rows = cells.every((cell) => cellsOf(cell) === undefined) ? cells.map((cell) => [cell]) : input.value;
  const names = columns.map(({ name }) => name ?? '');
  const table = tableOfRows(rows, names, input.pointer);
  return 'brokenRow' in table ? undefined : table;
}

function tableOfArrays(tensors: JsonObject, place: string): Table | undefined {
  const names = [...tensors.keys()];
  const columns = names.map((name) => ({ name, values: cellsOf(tensors.get(name)) ?? [] }));
  const rows = columns[0]?.values.length ?? 0;
  if (columns.some(({ values }) => values.length !== rows)) return undefined;
  const pointer = (row: number, column: number) => `${place}/${escapePointer(names[column] ?? '')}/${row}`;
  return { place, rows, columns, pointer };
}

/** One column an input, for a signature of named tensors; lists in cells are stacked. */
function columnsByName(table: Table, signature: Signature, problems: Violation[]): Tensors {
  const tensors: Record<string, Tensor> = {};
  for (const spec of signature.inputs) {
    const column = table.columns.findIndex(({ name }) => name === spec.name);
    const values = table.columns[column]?.values;
    if (values === undefined) {
      problems.push({
        pointer: table.place,
        expected: `a column ${JSON.stringify(spec.name)}`,
        received: 'none of that name',
      });
      continue;
    }
    const tensor = columnTensor(
      values,
      undefined,
      spec.datatype,
      (row) => table.pointer(row, column),
      problems,
    );
    const fitted = tensor && fitTensor({ shape: tensor.shape, flat: tensor }, spec, table.place, problems);
    if (fitted) tensors[spec.name] = fitted;
  }
  return tensors;
}

function namedTensors(
  tensors: JsonObject,
  pointer: string,
  { inputs }: Signature,
  declared: readonly SignatureTensor[] | undefined,
  problems: Violation[],
): Tensors {
  const fed: Record<string, Tensor> = {};
  for (const name of tensors.keys()) {
    if (inputs.some((input) => input.name === name)) continue;
    const expected = `one of ${inputs.map((input) => JSON.stringify(input.name)).join(', ')}`;
    problems.push({
      pointer: `${pointer}/${escapePointer(name)}`,
      expected,
      received: 'an input of another name',
    });
  }
  for (const spec of inputs) {
    const value = tensors.get(spec.name);
    if (value === undefined) {
      problems.push({
        pointer,
        expected: `an input ${JSON.stringify(spec.name)} (${spec.datatype})`,
        received: 'none of that name',
      });
      continue;
    }
    const tensor = readFitted(value, `${pointer}/${escapePointer(spec.name)}`, spec, declared, problems);
    if (tensor) fed[spec.name] = tensor;
  }
  return fed;
}

function oneTensor(
  value: JsonValue,
  pointer: string,
  { inputs }: Signature,
  declared: readonly SignatureTensor[] | undefined,
  problems: Violation[],
): Tensors {
  const [spec, ...others] = inputs;
  if (spec === undefined || others.length > 0) {
    const names = inputs.map(({ name }) => JSON.stringify(name)).join(', ');
    problems.push({ pointer, expected: `an object with the inputs ${names}`, received: 'one array' });
    return {};
  }
  const tensor = readFitted(value, pointer, spec, declared, problems);
  return tensor ? { [spec.name]: tensor } : {};
}

function readFitted(
  value: JsonValue,
  pointer: string,
  spec: TensorSpec,
  declared: readonly SignatureTensor[] | undefined,
  problems: Violation[],
): Tensor | undefined {
  const read = readTensorJson(value, spec.datatype, pointer, problems);
  if (read === undefined) return undefined;
  const declaration = declared?.find(({ name }) => name === undefined || name === spec.name);
  const isDeclared =
    declaration === undefined ||
    fitTensor(read, { ...spec, ...declaration, name: spec.name }, pointer, problems);
  return isDeclared ? fitTensor(read, spec, pointer, problems) : undefined;
}
