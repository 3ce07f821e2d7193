import type { Coefficients } from './normal-equations';

export interface LinearOnnx {
  /** Constant first, then one coefficient per element of the input vector. */
  readonly coefficients: Coefficients;
  readonly input: string;
  readonly output: string;
  readonly description: string;
  /** The file's metadata_props. */
  readonly metadata: Readonly<Record<string, string>>;
}

const IR_VERSION = 8;
const OPSET_VERSION = 17;
const FLOAT = 1;

/**
 * Writes a linear model as an ONNX file: `output[rows, 1] = input[rows, width] · weights + bias`, FP32, one Gemm node.
 * Field numbers are those of onnx.proto; equal models give equal bytes.
 */
export function writeLinearOnnx(model: LinearOnnx): Buffer {
  const weights = Float32Array.from(model.coefficients.subarray(1));
  const bias = Float32Array.from(model.coefficients.subarray(0, 1));
  const node = message(
    text(1, model.input),
    text(1, 'weights'),
    text(1, 'bias'),
    text(2, model.output),
    text(4, 'Gemm'),
  );
  const graph = message(
    bytes(1, node),
    text(2, 'linear'),
    bytes(5, initializer('weights', [weights.length, 1], weights)),
    bytes(5, initializer('bias', [1], bias)),
    bytes(11, tensorOfRows(model.input, weights.length)),
    bytes(12, tensorOfRows(model.output, 1)),
  );
  return message(
    integer(1, IR_VERSION),
    text(2, 'polyscore-flights'),
    text(6, model.description),
    bytes(7, graph),
    bytes(8, message(text(1, ''), integer(2, OPSET_VERSION))),
    ...Object.entries(model.metadata).map(([key, value]) => bytes(14, message(text(1, key), text(2, value)))),
  );
}

/** TensorProto with its elements as raw little-endian bytes. */
function initializer(name: string, shape: readonly number[], elements: Float32Array): Buffer {
  const raw = Buffer.alloc(elements.length * 4);
  elements.forEach((element, index) => raw.writeFloatLE(element, index * 4));
  return message(...shape.map((size) => integer(1, size)), integer(2, FLOAT), text(8, name), bytes(9, raw));
}

/** ValueInfoProto of an FP32 tensor `[rows, columns]`, where rows is symbolic. */
function tensorOfRows(name: string, columns: number): Buffer {
  const shape = message(bytes(1, text(2, 'rows')), bytes(1, integer(1, columns)));
  const tensorType = message(integer(1, FLOAT), bytes(2, shape));
  return message(text(1, name), bytes(2, bytes(1, tensorType)));
}

function message(...fields: readonly Buffer[]): Buffer {
  return Buffer.concat(fields);
}

/** A field of wire type 0. */
function integer(field: number, value: number): Buffer {
  return Buffer.from([...varint(field << 3), ...varint(value)]);
}

/** A field of wire type 2: bytes or a nested message. */
function bytes(field: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([...varint((field << 3) | 2), ...varint(content.length)]), content]);
}

function text(field: number, content: string): Buffer {
  return bytes(field, Buffer.from(content));
}

/** Base 128, low bits first, for values below 2³¹. */
function varint(value: number): number[] {
  const low = value & 0x7f;
  return value < 0x80 ? [low] : [low | 0x80, ...varint(value >>> 7)];
}
