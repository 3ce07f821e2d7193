import type { Violation } from '../errors';
import { toFloat16 } from '../tensor/float16';
import { parseTensor } from '../tensor/parse-tensor';
import { allocateElements } from '../tensor/tensor-check';
import { elementCount, type Datatype, type Tensor } from '../tensor/tensor';
import { describeJson, isJsonArray, type JsonArray, type JsonValue } from './json-document';
import { ElementProblems } from './element-problems';
import { NumberArray } from './json-numbers';

/** A tensor out of JSON, whose shape is what its brackets say; undefined where rows differ in length or depth. */
export interface JsonTensor {
  readonly shape: readonly number[] | undefined;
  /** Shaped `[elements]`: {@link reshaped} gives it another shape. */
  readonly flat: Tensor;
}

const FLOAT_TOKENS = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);
/** Least and greatest value, both inclusive. */
const INTEGER_RANGES = {
  UINT8: [0, 255],
  UINT16: [0, 65_535],
  UINT32: [0, 4_294_967_295],
  INT8: [-128, 127],
  INT16: [-32_768, 32_767],
  INT32: [-2_147_483_648, 2_147_483_647],
} as const;
const LONG_RANGES = { INT64: [-(2n ** 63n), 2n ** 63n - 1n], UINT64: [0n, 2n ** 64n - 1n] } as const;

/**
 * The tensor that a JSON value holds: an array nested to any depth, or one scalar (shape `[]`). Floats take `null` and
 * the text or token NaN, Infinity, -Infinity; integers must be whole and in range, 64-bit ones are exact; BOOL takes 0
 * and 1 too; BYTES takes texts without U+0000, which onnxruntime would cut. What does not fit is added to `problems`
 * with its JSON pointer below `pointer`, and the answer is undefined.
 */
export function readTensorJson(
  value: JsonValue,
  datatype: Datatype,
  pointer: string,
  problems: Violation[],
): JsonTensor | undefined {
  const { shape, elements } = flatten(value);
  const report = new ElementProblems(datatype, pointer, shape);
  const data = convert(elements, datatype, report);
  if (report.addTo(problems)) return undefined;
  return { shape, flat: parseTensor(datatype, [elements.length], data) };
}

/** The same elements in another shape, which must hold as many. */
export function reshaped(tensor: Tensor, shape: readonly number[]): Tensor {
  if (elementCount(shape) !== tensor.data.length) {
    throw new RangeError(`[${shape.join(', ')}] does not hold ${tensor.data.length} elements`);
  }
  return { ...tensor, shape };
}

/** Elements in row-major order: numbers only, or whatever stood there. */
type Elements = NumberElements | { readonly length: number; readonly values: JsonArray };
interface NumberElements {
  readonly length: number;
  readonly numbers: NumberArray;
}

function flatten(value: JsonValue): { shape: readonly number[] | undefined; elements: Elements } {
  if (value instanceof NumberArray) {
    return { shape: value.shape, elements: { length: value.values.length, numbers: value } };
  }
  if (!isJsonArray(value)) return { shape: [], elements: { length: 1, values: [value] } };
  const values: JsonValue[] = [];
  const shape = gather(value, values);
  const isRegular = shape !== undefined && elementCount(shape) === values.length;
  return { shape: isRegular ? shape : undefined, elements: { length: values.length, values } };
}

/** Adds the leaves of an array to `leaves`; its shape, undefined where members differ. */
function gather(array: JsonArray, leaves: JsonValue[]): number[] | undefined {
  let member: number[] | undefined = [];
  for (const [index, value] of array.entries()) {
    const shape = shapeOf(value, leaves);
    if (index === 0) member = shape;
    else if (!isSameShape(member, shape)) member = undefined;
  }
  return member && [array.length, ...member];
}

function shapeOf(value: JsonValue, leaves: JsonValue[]): number[] | undefined {
  if (isJsonArray(value)) return gather(value, leaves);
  if (value instanceof NumberArray) {
    for (const number of value.values) leaves.push(number);
    return value.shape && [...value.shape];
  }
  leaves.push(value);
  return [];
}

function isSameShape(a: readonly number[] | undefined, b: readonly number[] | undefined): boolean {
  return a?.length === b?.length && a?.every((size, depth) => size === b?.[depth]) === true;
}

function convert(elements: Elements, datatype: Datatype, report: ElementProblems): Tensor['data'] {
  switch (datatype) {
    case 'FP32':
    case 'FP64':
    case 'FP16':
      return toFloats(floatsOf(elements, report), datatype, report);
    case 'INT64':
    case 'UINT64':
      return toLongs(elements, datatype, report);
    case 'BOOL':
      return toBooleans(elements, report);
    case 'BYTES':
      return toTexts(elements, report);
    case 'UINT8':
    case 'UINT16':
    case 'UINT32':
    case 'INT8':
    case 'INT16':
    case 'INT32':
      return toIntegers(elements, datatype, report);
  }
}

function floatsOf(elements: Elements, report: ElementProblems): Float64Array {
  if ('numbers' in elements) return elements.numbers.values;
  return Float64Array.from(elements.values, (value, index) => {
    if (value === null) return Number.NaN;
    if (typeof value === 'number') return value;
    if (typeof value === 'bigint') return Number(value);
    const token = typeof value === 'string' ? FLOAT_TOKENS.get(value) : undefined;
    if (token === undefined) report.add(index, 'a number', describeJson(value));
    return token ?? 0;
  });
}

function toFloats(values: Float64Array, datatype: 'FP16' | 'FP32' | 'FP64', report: ElementProblems) {
  if (datatype === 'FP64') return values.slice();
  const floats = new Float32Array(values);
  const largest = datatype === 'FP16' ? 65_504 : 3.4028234663852886e38;
  for (let index = 0; index < floats.length; index += 1) {
    const rounded = floats[index] ?? 0;
    if (Math.abs(rounded) <= largest) continue;
    const value = values[index] ?? 0;
    if (Number.isFinite(value)) report.add(index, `a number within ±${largest}`, String(value));
  }
  return datatype === 'FP32' ? floats : Uint16Array.from(floats, toFloat16);
}

function toIntegers(elements: Elements, datatype: keyof typeof INTEGER_RANGES, report: ElementProblems) {
  const [least, greatest] = INTEGER_RANGES[datatype];
  const values = 'numbers' in elements ? elements.numbers.values : elements.values;
  const data = allocateElements(datatype, elements.length);
  for (let index = 0; index < data.length; index += 1) {
    const value = values[index] ?? null;
    if (typeof value === 'number' && value >= least && value <= greatest && Number.isInteger(value)) {
      data[index] = value;
    } else report.add(index, `a whole number from ${least} to ${greatest}`, describeJson(value));
  }
  return data;
}

function toLongs(elements: Elements, datatype: keyof typeof LONG_RANGES, report: ElementProblems) {
  const [least, greatest] = LONG_RANGES[datatype];
  const values = longsOf(elements);
  const data = allocateElements(datatype, elements.length);
  for (let index = 0; index < data.length; index += 1) {
    const value = values[index] ?? null;
    const long = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
    if (typeof long === 'bigint' && long >= least && long <= greatest) data[index] = long;
    else
      report.add(
        index,
        `a whole number from ${least.toString()} to ${greatest.toString()}`,
        describeJson(value),
      );
  }
  return data;
}

/** Numbers of whose digits some may be lost in a double are read again from their text. */
function longsOf(elements: Elements): ArrayLike<JsonValue> {
  if (!('numbers' in elements)) return elements.values;
  const { numbers } = elements;
  if (numbers.isExact) return numbers.values;
  return numbers.texts().map((text) => (/^-?[0-9]+$/.test(text) ? BigInt(text) : Number(text)));
}

function toBooleans(elements: Elements, report: ElementProblems): Uint8Array {
  const values = 'numbers' in elements ? elements.numbers.values : elements.values;
  return Uint8Array.from(values, (value, index) => {
    if (value === true || value === 1) return 1;
    if (value !== false && value !== 0) report.add(index, 'true or false', describeJson(value));
    return 0;
  });
}

function toTexts(elements: Elements, report: ElementProblems): string[] {
  const values = 'numbers' in elements ? elements.numbers.texts() : elements.values;
  return Array.from(values, (value, index) => {
    if ('numbers' in elements || typeof value !== 'string') {
      report.add(index, 'a text in quotes', typeof value === 'string' ? value : describeJson(value));
      return '';
    }
    if (value.includes('\0')) report.add(index, 'a text without U+0000', describeJson(value));
    return value;
  });
}
