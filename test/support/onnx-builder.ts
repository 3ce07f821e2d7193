import type { Datatype } from '../../shared/tensor/tensor';
import { bytes, float, int, message } from './protobuf-writer';

/** TensorProto.DataType, also of types that are not served. */
export const ELEM_TYPES = {
  FP32: 1,
  UINT8: 2,
  INT8: 3,
  UINT16: 4,
  INT16: 5,
  INT32: 6,
  INT64: 7,
  BYTES: 8,
  BOOL: 9,
  FP16: 10,
  FP64: 11,
  UINT32: 12,
  UINT64: 13,
  COMPLEX64: 14,
  COMPLEX128: 15,
  BF16: 16,
  FP8E4M3FN: 17,
  UINT4: 21,
  INT4: 22,
} as const;

export type ElemType = keyof typeof ELEM_TYPES;

/** Sizes of dimensions: a number is fixed, a name symbolic, null varies without a name; undefined is an unknown rank, [] a scalar. */
export type OnnxShape = readonly (number | string | null)[] | undefined;

/** An input or output: a tensor, or the encoded TypeProto of something else (see {@link sequenceOfMaps}). */
interface OnnxValue {
  readonly name: string;
  readonly elemType?: ElemType;
  readonly shape?: OnnxShape;
  readonly type?: Buffer;
}

interface OnnxInitializer {
  readonly name: string;
  readonly elemType?: ElemType;
  readonly dims: readonly number[];
  /** FP32 (the default) and INT64 values; other types by `raw`. */
  readonly values?: readonly number[];
  readonly raw?: Uint8Array;
  readonly external?: { readonly location: string; readonly offset?: number; readonly length?: number };
}

interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, number | string | readonly number[] | readonly string[]>>;
}

export interface OnnxModel {
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly nodes: readonly OnnxNode[];
  readonly initializers?: readonly OnnxInitializer[];
  readonly metadata?: Readonly<Record<string, string>>;
  /** Opset version by domain; default `{ '': 17 }`. */
  readonly opsets?: Readonly<Record<string, number>>;
  readonly irVersion?: number;
  readonly producer?: string;
}

/** Encodes a ModelProto, the content of an `.onnx` file. Field numbers are those of onnx.proto. */
export function buildOnnx(model: OnnxModel): Buffer {
  const graph = message(
    ...model.nodes.map((node) => bytes(1, encodeNode(node))),
    bytes(2, 'graph'),
    ...(model.initializers ?? []).map((initializer) => bytes(5, encodeInitializer(initializer))),
    ...model.inputs.map((value) => bytes(11, encodeValue(value))),
    ...model.outputs.map((value) => bytes(12, encodeValue(value))),
  );
  return message(
    int(1, model.irVersion ?? 8),
    bytes(2, model.producer ?? 'polyscore-test'),
    bytes(7, graph),
    ...Object.entries(model.opsets ?? { '': 17 }).map(([domain, version]) =>
      bytes(8, message(bytes(1, domain), int(2, version))),
    ),
    ...Object.entries(model.metadata ?? {}).map(([key, value]) =>
      bytes(14, message(bytes(1, key), bytes(2, value))),
    ),
  );
}

/** `y = x`, of any datatype and shape; loads and runs in onnxruntime. */
export function identityModel(
  options: {
    readonly elemType?: ElemType;
    readonly shape?: OnnxShape;
    readonly metadata?: OnnxModel['metadata'];
  } = {},
): Buffer {
  const { elemType = 'FP32' } = options;
  const shape = 'shape' in options ? options.shape : ['N', 3];
  return buildOnnx({
    inputs: [{ name: 'x', elemType, shape }],
    outputs: [{ name: 'y', elemType, shape }],
    nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
    ...(options.metadata && { metadata: options.metadata }),
  });
}

/** `y = x · weights + bias`: FP32 `[N, weights]` → FP32 `[N, 1]`. */
export function linearModel(
  weights: readonly number[],
  bias = 0,
  options: {
    readonly input?: string;
    readonly output?: string;
    /** Lists weights and bias among the graph's inputs, as files of IR version 3 do. */
    readonly initializersAsInputs?: boolean;
    readonly metadata?: OnnxModel['metadata'];
  } = {},
): Buffer {
  const { input = 'x', output = 'y' } = options;
  const initializers = [
    { name: 'weights', dims: [weights.length, 1], values: weights },
    { name: 'bias', dims: [1], values: [bias] },
  ];
  const asInputs = options.initializersAsInputs === true ? initializers : [];
  return buildOnnx({
    inputs: [
      { name: input, shape: ['N', weights.length] },
      ...asInputs.map(({ name, dims }) => ({ name, shape: dims })),
    ],
    outputs: [{ name: output, shape: ['N', 1] }],
    nodes: [
      { op: 'MatMul', inputs: [input, 'weights'], outputs: ['product'] },
      { op: 'Add', inputs: ['product', 'bias'], outputs: [output] },
    ],
    initializers,
    ...(options.metadata && { metadata: options.metadata }),
  });
}

/**
 * A classifier as scikit-learn exports it: FP32 `x [N, features]` → INT64 `label [N]` and `probabilities`,
 * a sequence of maps from class to FP32, made by a ZipMap node out of `scores [N, classes]`.
 */
export function zipMapModel(weights: readonly (readonly number[])[], classes: readonly number[]): Buffer {
  return buildOnnx({
    inputs: [{ name: 'x', shape: ['N', weights.length] }],
    outputs: [
      { name: 'label', elemType: 'INT64', shape: ['N'] },
      { name: 'probabilities', type: sequenceOfMaps('INT64', 'FP32') },
    ],
    nodes: [
      { op: 'MatMul', inputs: ['x', 'weights'], outputs: ['logits'] },
      { op: 'Softmax', inputs: ['logits'], outputs: ['scores'], attributes: { axis: 1 } },
      { op: 'ArgMax', inputs: ['scores'], outputs: ['label'], attributes: { axis: 1, keepdims: 0 } },
      {
        op: 'ZipMap',
        domain: 'ai.onnx.ml',
        inputs: ['scores'],
        outputs: ['probabilities'],
        attributes: { classlabels_int64s: classes },
      },
    ],
    initializers: [{ name: 'weights', dims: [weights.length, classes.length], values: weights.flat() }],
    opsets: { '': 17, 'ai.onnx.ml': 3 },
  });
}

/** The TypeProto of `seq(map(key, tensor(value)))`. */
export function sequenceOfMaps(key: Datatype, value: Datatype): Buffer {
  const map = message(int(1, ELEM_TYPES[key]), bytes(2, tensorType(value, [])));
  return bytes(4, bytes(1, bytes(5, map)));
}

/** The TypeProto of a tensor. */
export function tensorType(elemType: ElemType, shape: OnnxShape): Buffer {
  const dims = shape?.map((size) => bytes(1, encodeDimension(size)));
  return bytes(
    1,
    message(int(1, ELEM_TYPES[elemType]), ...(dims === undefined ? [] : [bytes(2, message(...dims))])),
  );
}

function encodeDimension(size: number | string | null): Buffer {
  if (size === null) return Buffer.alloc(0);
  return typeof size === 'number' ? int(1, size) : bytes(2, size);
}

function encodeValue(value: OnnxValue): Buffer {
  return message(
    bytes(1, value.name),
    bytes(2, value.type ?? tensorType(value.elemType ?? 'FP32', value.shape)),
  );
}

function encodeInitializer({ name, elemType, dims, values, raw, external }: OnnxInitializer): Buffer {
  const type = elemType ?? 'FP32';
  const head = [...dims.map((size) => int(1, size)), int(2, ELEM_TYPES[type]), bytes(8, name)];
  if (external === undefined) return message(...head, bytes(9, raw ?? rawData(type, values ?? [])));
  const entries = Object.entries(external).map(([key, value]) =>
    bytes(13, message(bytes(1, key), bytes(2, String(value)))),
  );
  return message(...head, ...entries, int(14, 1));
}

function rawData(type: ElemType, values: readonly number[]): Uint8Array {
  if (type === 'FP32') return new Uint8Array(Float32Array.from(values).buffer);
  if (type === 'INT64') return new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer);
  throw new Error(`give ${type} values as raw bytes`);
}

function encodeNode({ op, inputs, outputs, domain, attributes }: OnnxNode): Buffer {
  return message(
    ...inputs.map((name) => bytes(1, name)),
    ...outputs.map((name) => bytes(2, name)),
    bytes(3, `${op}-${outputs.join('-')}`),
    bytes(4, op),
    ...Object.entries(attributes ?? {}).map(([name, value]) => bytes(5, encodeAttribute(name, value))),
    ...(domain === undefined ? [] : [bytes(7, domain)]),
  );
}

/** Whole numbers are INT or INTS, other numbers FLOAT or FLOATS, text STRING or STRINGS. */
function encodeAttribute(
  name: string,
  value: number | string | readonly number[] | readonly string[],
): Buffer {
  const head = bytes(1, name);
  if (typeof value === 'string') return message(head, bytes(4, value), int(20, 3));
  if (typeof value === 'number') {
    return Number.isInteger(value)
      ? message(head, int(3, value), int(20, 2))
      : message(head, float(2, value), int(20, 1));
  }
  const isInts = value.every((item) => Number.isInteger(item));
  const items = value.map((item) => {
    if (typeof item === 'string') return bytes(9, item);
    return isInts ? int(8, item) : float(7, item);
  });
  return message(head, ...items, int(20, typeof value[0] === 'string' ? 8 : isInts ? 7 : 6));
}
