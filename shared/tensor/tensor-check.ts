import { elementCount, type Datatype, type TensorArrays } from './tensor';

/** The kind of array that holds each datatype's elements. */
export const ELEMENT_ARRAYS = {
  BOOL: Uint8Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  FP16: Uint16Array,
  FP32: Float32Array,
  FP64: Float64Array,
  BYTES: Array,
} as const;

/** An array of the datatype's kind, all zero (`undefined` text for BYTES), for that many elements. */
export function allocateElements<D extends Datatype>(datatype: D, count: number): TensorArrays[D] {
  return parseElements(datatype, new ELEMENT_ARRAYS[datatype](count));
}

/** What is wrong with a shape, in words; undefined where every size is a whole number ≥ 0 and the product is exact. */
export function shapeProblem(shape: readonly number[]): string | undefined {
  const wrong = shape.findIndex((size) => !Number.isSafeInteger(size) || size < 0);
  if (wrong !== -1) return `dimension ${wrong} is ${shape[wrong] ?? 'missing'}, expected a whole number ≥ 0`;
  if (!Number.isSafeInteger(elementCount(shape))) return 'the shape holds too many elements';
  return undefined;
}

/** What is wrong between a shape and its elements, in words; undefined where they fit. */
export function elementsProblem(shape: readonly number[], elements: number): string | undefined {
  const problem = shapeProblem(shape);
  if (problem !== undefined) return problem;
  const expected = elementCount(shape);
  return expected === elements
    ? undefined
    : `shape [${shape.join(', ')}] holds ${expected} elements, there are ${elements}`;
}

function parseElements<D extends Datatype>(datatype: D, elements: unknown): TensorArrays[D] {
  if (!(elements instanceof ELEMENT_ARRAYS[datatype])) throw new TypeError(`not the elements of ${datatype}`);
  return elements as TensorArrays[D];
}
