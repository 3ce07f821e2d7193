import { isUtf8 } from 'node:buffer';
import type { Violation } from '../../errors';
import type { Datatype, Tensor } from '../../tensor/tensor';
import { describeJson, isJsonArray, type JsonValue } from '../json-document';
import { readTensorJson } from '../tensor-json';
import type { ColumnType } from './signature';

const DATATYPES_OF_COLUMNS = {
  boolean: 'BOOL',
  integer: 'INT32',
  long: 'INT64',
  float: 'FP32',
  double: 'FP64',
  string: 'BYTES',
  binary: 'BYTES',
  datetime: 'BYTES',
} as const satisfies Record<Exclude<ColumnType, object>, Datatype>;

const NUMERIC_TEXT = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
const BASE64 = /^[A-Za-z0-9+/\s]*={0,2}\s*$/;
const DATETIME =
  /^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:\.([0-9]{1,9}))?)?(Z|[+-][0-9]{2}:?[0-9]{2})?$/;
const WHOLE_TEXT = /^[+-]?[0-9]+$/;

/** The datatype of a declared column type; for lists that of their elements. */
export function datatypeOfColumn(type: ColumnType): Datatype {
  return typeof type === 'object' ? datatypeOfColumn(type.array) : DATATYPES_OF_COLUMNS[type];
}

/**
 * A column's values as a tensor of the model's datatype: first read as the declared type, where there is one (a long
 * column takes no 1.5, even for an FP32 input), then converted. Texts that are numbers and booleans count as numbers;
 * base64 (`binary`) and ISO 8601 (`datetime`; INT64 gets nanoseconds since 1970) are decoded. Shape `[rows]`, or
 * `[rows, …]` where cells are lists; undefined, with `problems` added, where a value does not fit. Their pointers are
 * `pointerOf` the row.
 */
export function columnTensor(
  values: readonly JsonValue[],
  type: ColumnType | undefined,
  datatype: Datatype,
  pointerOf: (row: number) => string,
  problems: Violation[],
): Tensor | undefined {
  const found: Violation[] = [];
  const declared = type === undefined ? datatype : declaredDatatype(type, datatype);
  const read = readTensorJson(decoded(values, type, declared, found), declared, '', found);
  const tensor = read && castTensor(read.flat, datatype, found);
  if (read && read.shape === undefined)
    found.push({ pointer: '', expected: 'rows of one shape', received: 'lists of several lengths' });
  problems.push(...found.map((problem) => ({ ...problem, pointer: placed(problem.pointer, pointerOf) })));
  const shape = read?.shape;
  return found.length > 0 || !tensor || !shape ? undefined : { ...tensor, shape };
}

/** A tensor's elements in another datatype, with the checks that its values would get as JSON. */
export function castTensor(tensor: Tensor, datatype: Datatype, problems: Violation[]): Tensor | undefined {
  if (tensor.datatype === datatype) return tensor;
  const isTextual = tensor.datatype === 'BYTES' || datatype === 'BYTES';
  if (isTextual) {
    problems.push({
      pointer: '',
      expected: `values of ${datatype}`,
      received: `values of ${tensor.datatype}`,
    });
    return undefined;
  }
  const cast = readTensorJson(
    Array.from<number | bigint, JsonValue>(tensor.data, (value) => value),
    datatype,
    '',
    problems,
  );
  return cast && { ...cast.flat, shape: tensor.shape };
}

/** A datetime goes into INT64 as a number, all others as their type says. */
function declaredDatatype(type: ColumnType, datatype: Datatype): Datatype {
  return type === 'datetime' && datatype === 'INT64' ? 'INT64' : datatypeOfColumn(type);
}

function decoded(
  values: readonly JsonValue[],
  type: ColumnType | undefined,
  datatype: Datatype,
  problems: Violation[],
): readonly JsonValue[] {
  if (type !== 'binary' && type !== 'datetime') return values.map((value) => prepared(value, datatype));
  return values.map((value, row) => {
    const read = type === 'binary' ? decodeBase64(value) : decodeDatetime(value, datatype);
    if (read !== undefined) return read;
    const expected = type === 'binary' ? 'base64 of UTF-8 text' : 'an ISO 8601 date and time';
    problems.push({ pointer: `/${row}`, expected, received: describeJson(value) });
    return datatype === 'BYTES' ? '' : 0;
  });
}

/** Booleans and texts as what a column of numbers or booleans takes them for; what is neither stays and is refused. */
function prepared(value: JsonValue, datatype: Datatype): JsonValue {
  if (isJsonArray(value)) return value.map((item) => prepared(item, datatype));
  if (datatype === 'BYTES') return value;
  if (datatype === 'BOOL') return typeof value === 'string' ? booleanOf(value) : value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'string' ? numberOf(value) : value;
}

function booleanOf(text: string): JsonValue {
  const lower = text.toLowerCase();
  return lower === 'true' || lower === 'false' ? lower === 'true' : text;
}

function numberOf(text: string): JsonValue {
  const trimmed = text.trim();
  if (!NUMERIC_TEXT.test(trimmed)) return text;
  const value = Number(trimmed);
  return WHOLE_TEXT.test(trimmed) && !Number.isSafeInteger(value) ? BigInt(trimmed.replace('+', '')) : value;
}

/** ONNX strings hold text and nothing else. */
function decodeBase64(value: JsonValue): string | undefined {
  if (typeof value !== 'string' || !BASE64.test(value)) return undefined;
  const bytes = Buffer.from(value, 'base64');
  return isUtf8(bytes) ? bytes.toString() : undefined;
}

/** Without a zone it is UTC. The text itself, or the nanoseconds since 1970 for a column of integers. */
function decodeDatetime(value: JsonValue, datatype: Datatype): string | bigint | undefined {
  const match = typeof value === 'string' ? DATETIME.exec(value) : null;
  if (match === null) return undefined;
  const [text, date = '', time = '00:00', fraction = '', zone = 'Z'] = match;
  const epochMs = Date.parse(`${date}T${time}${zone}`);
  if (Number.isNaN(epochMs)) return undefined;
  return datatype === 'INT64' ? BigInt(epochMs) * 1_000_000n + BigInt(fraction.padEnd(9, '0')) : text;
}

/** `/3/1` of a column's values is `/1` below the cell of row 3. */
function placed(pointer: string, pointerOf: (row: number) => string): string {
  const [, row, ...rest] = pointer.split('/');
  return row === undefined ? pointerOf(0) : [pointerOf(Number(row)), ...rest].join('/');
}
