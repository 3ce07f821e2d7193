import { nameOfElemType } from '../tensor/onnx-type';
import type { ProtobufReader } from './protobuf-reader';

/** The type of a graph's input or output: a tensor, or something else described in ONNX's words. */
export type OnnxValueType =
  | {
      readonly kind: 'tensor';
      readonly elemType: number;
      /** −1 where a size varies; undefined where the rank is not known. */
      readonly shape: readonly number[] | undefined;
      readonly symbols: readonly (string | undefined)[];
    }
  | { readonly kind: 'other'; readonly description: string };

/** Types nest (a sequence of maps of tensors); real ones go three deep. */
const MAX_DEPTH = 16;

/** Reads a TypeProto. */
export function readType(type: ProtobufReader, depth = 0): OnnxValueType {
  if (depth > MAX_DEPTH) type.fail(`types nest deeper than ${MAX_DEPTH}`);
  let found: OnnxValueType = other('no type');
  while (type.next()) {
    switch (type.field) {
      case 1:
        found = readTensorType(type.message());
        break;
      case 4:
        found = other(`sequence(${readElementType(type.message(), depth)})`);
        break;
      case 5:
        found = other(readMapType(type.message(), depth));
        break;
      case 7:
        type.skip();
        found = other('opaque');
        break;
      case 8:
        found = other(`sparse_${describeType(readTensorType(type.message()))}`);
        break;
      case 9:
        found = other(`optional(${readElementType(type.message(), depth)})`);
        break;
      default:
        type.skip();
    }
  }
  return found;
}

/** A type as onnxruntime writes it: `tensor(float)`, `sequence(map(int64,tensor(float)))`. */
export function describeType(type: OnnxValueType): string {
  return type.kind === 'tensor' ? `tensor(${nameOfElemType(type.elemType)})` : type.description;
}

function other(description: string): OnnxValueType {
  return { kind: 'other', description };
}

/** Field 1 of a sequence or an optional. */
function readElementType(container: ProtobufReader, depth: number): string {
  let element = 'no type';
  while (container.next()) {
    if (container.field === 1) element = describeType(readType(container.message(), depth + 1));
    else container.skip();
  }
  return element;
}

function readMapType(map: ProtobufReader, depth: number): string {
  let key = 0;
  let value = 'no type';
  while (map.next()) {
    if (map.field === 1) key = map.integer();
    else if (map.field === 2) value = describeType(readType(map.message(), depth + 1));
    else map.skip();
  }
  return `map(${nameOfElemType(key)},${value})`;
}

function readTensorType(tensor: ProtobufReader): OnnxValueType {
  let elemType = 0;
  let dimensions: Dimension[] | undefined;
  while (tensor.next()) {
    if (tensor.field === 1) elemType = tensor.integer();
    else if (tensor.field === 2) dimensions = readShape(tensor.message());
    else tensor.skip();
  }
  return {
    kind: 'tensor',
    elemType,
    shape: dimensions?.map(({ size }) => size),
    symbols: dimensions?.map(({ symbol }) => symbol) ?? [],
  };
}

interface Dimension {
  readonly size: number;
  readonly symbol: string | undefined;
}

function readShape(shape: ProtobufReader): Dimension[] {
  const dimensions: Dimension[] = [];
  while (shape.next()) {
    if (shape.field === 1) dimensions.push(readDimension(shape.message()));
    else shape.skip();
  }
  const elements = dimensions.reduce((product, { size }) => product * Math.abs(size), 1);
  if (!Number.isSafeInteger(elements)) shape.fail('the sizes of a shape multiply to more than 2^53');
  return dimensions;
}

/** A size, a symbol, or nothing; exporters also write −1 for a size that varies. */
function readDimension(dimension: ProtobufReader): Dimension {
  let size = -1;
  let symbol: string | undefined;
  while (dimension.next()) {
    if (dimension.field === 1) {
      size = dimension.integer();
      symbol = undefined;
      if (size < -1 || !Number.isSafeInteger(size)) dimension.fail(`a dimension of ${size}`);
    } else if (dimension.field === 2) {
      size = -1;
      symbol = dimension.text() || undefined;
    } else dimension.skip();
  }
  return { size, symbol };
}
