import { ServingError } from '../errors';
import { fromFloat16 } from '../tensor/float16';
import type { Tensor } from '../tensor/tensor';

/**
 * A tensor's elements as a flat JSON array. 64-bit integers are exact digits, BOOL is true and false, NaN is null.
 * JSON has no infinity: throws `inference-failed` that names the output and the element.
 */
export function tensorDataJson(tensor: Tensor, name: string): string {
  const texts = elementTexts(tensor, name);
  return `[${texts.join(',')}]`;
}

/** As {@link tensorDataJson}, with a bracket for each dimension; a scalar is its one element alone. */
export function nestedTensorJson(tensor: Tensor, name: string): string {
  return nested(elementTexts(tensor, name), tensor.shape);
}

interface ElementTexts extends ArrayLike<unknown> {
  join(separator: string): string;
}

/** One JSON text an element, in row-major order. */
export function elementTexts(tensor: Tensor, name: string): ElementTexts {
  switch (tensor.datatype) {
    case 'FP32':
    case 'FP64':
      return floatTexts(tensor.data, name);
    case 'FP16':
      return floatTexts(Float64Array.from(tensor.data, fromFloat16), name);
    case 'BOOL':
      return Array.from(tensor.data, (value) => (value === 0 ? 'false' : 'true'));
    case 'BYTES':
      return tensor.data.map((text) => JSON.stringify(text));
    case 'UINT8':
    case 'UINT16':
    case 'UINT32':
    case 'UINT64':
    case 'INT8':
    case 'INT16':
    case 'INT32':
    case 'INT64':
      return tensor.data;
  }
}

function floatTexts(values: Float32Array | Float64Array, name: string): ElementTexts {
  if (values.every(Number.isFinite)) return values;
  return Array.from(values, (value, index) => {
    if (Number.isNaN(value)) return 'null';
    if (Number.isFinite(value)) return String(value);
    throw new ServingError(
      'inference-failed',
      `The output ${JSON.stringify(name)} holds ${value} at element ${index}, which JSON cannot carry; ask for binary data`,
    );
  });
}

/**
 * The JSON of each row of a tensor whose first size is its rows: the value itself where a row has one, else nested
 * arrays of the other sizes.
 */
export function rowTexts(tensor: Tensor, name: string): readonly string[] {
  const [rows = 0, ...rest] = tensor.shape;
  const texts = elementTexts(tensor, name);
  const width = texts.length / rows;
  const shape = width === 1 ? [] : rest;
  return Array.from({ length: rows }, (_, row) => nested(texts, shape, row * width));
}

function nested(texts: ArrayLike<unknown>, shape: readonly number[], start = 0): string {
  let next = start;
  const level = (depth: number): string => {
    const size = shape[depth] ?? 0;
    const members: string[] = [];
    for (let index = 0; index < size; index += 1) {
      if (depth < shape.length - 1) members.push(level(depth + 1));
      else members.push(String(texts[next++]));
    }
    return `[${members.join(',')}]`;
  };
  return shape.length === 0 ? String(texts[start]) : level(0);
}
