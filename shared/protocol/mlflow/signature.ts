import { ServingError } from '../../errors';
import type { Datatype } from '../../tensor/tensor';
import {
  describeJson,
  isJsonArray,
  isJsonObject,
  parseJson,
  type JsonObject,
  type JsonValue,
} from '../json-document';
import { NumberArray } from '../json-numbers';

/** A column's declared type; `array` holds lists of a scalar type. */
export type ColumnType =
  | 'boolean'
  | 'integer'
  | 'long'
  | 'float'
  | 'double'
  | 'string'
  | 'binary'
  | 'datetime'
  | { readonly array: ColumnType };

export interface SignatureColumn {
  /** Undefined in a signature without names. */
  readonly name: string | undefined;
  readonly type: ColumnType;
  readonly isRequired: boolean;
}

export interface SignatureTensor {
  /** Undefined only where it is the one tensor. */
  readonly name: string | undefined;
  readonly datatype: Datatype;
  /** −1 where a size varies. */
  readonly shape: readonly number[];
}

export interface SignatureParam {
  readonly name: string;
  readonly type: ColumnType;
  readonly default: JsonValue;
  /** True where it takes a list. */
  readonly isList: boolean;
}

/** What an MLflow model says it takes. */
export interface MlflowSignature {
  readonly inputs:
    | { readonly kind: 'columns'; readonly columns: readonly SignatureColumn[] }
    | { readonly kind: 'tensors'; readonly tensors: readonly SignatureTensor[] };
  /** Undefined where the signature has no params schema. */
  readonly params: readonly SignatureParam[] | undefined;
}

/** The `signature` of an MLmodel file: each member is JSON in a text. */
export interface SignatureTexts {
  readonly inputs: string | undefined;
  readonly params: string | undefined;
}

const SCALARS: ReadonlySet<string> = new Set([
  'boolean',
  'integer',
  'long',
  'float',
  'double',
  'string',
  'binary',
  'datetime',
]);
const DTYPES: Readonly<Record<string, Datatype>> = {
  bool: 'BOOL',
  uint8: 'UINT8',
  uint16: 'UINT16',
  uint32: 'UINT32',
  uint64: 'UINT64',
  int8: 'INT8',
  int16: 'INT16',
  int32: 'INT32',
  int64: 'INT64',
  float16: 'FP16',
  float32: 'FP32',
  float64: 'FP64',
  str: 'BYTES',
  object: 'BYTES',
};

/**
 * Reads the signature of an MLmodel file; undefined where it declares no inputs. Throws `invalid-model` that names the
 * entry for types that have no ONNX counterpart (object, map, any) and for what is no signature.
 */
export function parseMlflowSignature(texts: SignatureTexts): MlflowSignature | undefined {
  const entries = texts.inputs === undefined ? undefined : entriesOf(texts.inputs, 'inputs');
  if (entries === undefined || entries.length === 0) return undefined;
  const params = texts.params === undefined ? undefined : entriesOf(texts.params, 'params').map(readParam);
  const tensors = entries.filter((entry) => entry.get('type') === 'tensor');
  if (tensors.length === 0) return { inputs: { kind: 'columns', columns: entries.map(readColumn) }, params };
  if (tensors.length < entries.length) throw invalid('inputs', 'either columns or tensors, not both');
  const read = entries.map(readTensor);
  if (read.length > 1 && read.some(({ name }) => name === undefined))
    throw invalid('inputs', 'a name for each tensor');
  return { inputs: { kind: 'tensors', tensors: read }, params };
}

function entriesOf(text: string, member: string): readonly JsonObject[] {
  const entries = parseJson(Buffer.from(text));
  if (!isJsonArray(entries) || !entries.every(isJsonObject)) throw invalid(member, 'an array of objects');
  return entries;
}

function readColumn(entry: JsonObject, index: number): SignatureColumn {
  const place = `inputs/${index}`;
  const isOptional = entry.get('optional') === true || entry.get('required') === false;
  return { name: readName(entry), type: readType(entry.get('type'), entry, place), isRequired: !isOptional };
}

function readType(type: JsonValue | undefined, entry: JsonObject, place: string): ColumnType {
  if (typeof type === 'string' && isScalar(type)) return type;
  const items = entry.get('items');
  if (type === 'array' && isJsonObject(items)) return { array: readType(items.get('type'), items, place) };
  throw invalid(place, `a type that ONNX has, it is ${describeJson(type)}`);
}

function isScalar(type: string): type is Exclude<ColumnType, object> {
  return SCALARS.has(type);
}

function readTensor(entry: JsonObject, index: number): SignatureTensor {
  const spec = entry.get('tensor-spec');
  const dtype = isJsonObject(spec) ? spec.get('dtype') : undefined;
  const shape = isJsonObject(spec) ? readShape(spec.get('shape')) : undefined;
  const datatype = typeof dtype === 'string' ? DTYPES[dtype.replace(/^[<>=|]?U[0-9]*$/, 'str')] : undefined;
  if (datatype === undefined || shape === undefined) {
    throw invalid(
      `inputs/${index}`,
      `a tensor-spec with a dtype that ONNX has and a shape, its dtype is ${describeJson(dtype)}`,
    );
  }
  return { name: readName(entry), datatype, shape };
}

function readShape(value: JsonValue | undefined): readonly number[] | undefined {
  if (value instanceof NumberArray && value.shape?.length === 1) return [...value.values];
  return isJsonArray(value) && value.length === 0 ? [] : undefined;
}

function readParam(entry: JsonObject, index: number): SignatureParam {
  const name = readName(entry);
  if (name === undefined) throw invalid(`params/${index}`, 'a name');
  const type = readType(entry.get('type') ?? entry.get('dtype'), entry, `params/${index}`);
  const isList = (entry.get('shape') ?? null) !== null;
  return { name, type, default: entry.get('default') ?? null, isList };
}

function readName(entry: JsonObject): string | undefined {
  const name = entry.get('name');
  return typeof name === 'string' ? name : undefined;
}

function invalid(place: string, expected: string): ServingError {
  return new ServingError(
    'invalid-model',
    `The signature in MLmodel is not valid at ${place}: expected ${expected}`,
  );
}
