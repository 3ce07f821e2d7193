/** Datatypes by their Open Inference Protocol names; what each is in ONNX and how many bytes it takes. */
export const DATATYPES = {
  BOOL: { onnx: 'bool', bytes: 1 },
  UINT8: { onnx: 'uint8', bytes: 1 },
  UINT16: { onnx: 'uint16', bytes: 2 },
  UINT32: { onnx: 'uint32', bytes: 4 },
  UINT64: { onnx: 'uint64', bytes: 8 },
  INT8: { onnx: 'int8', bytes: 1 },
  INT16: { onnx: 'int16', bytes: 2 },
  INT32: { onnx: 'int32', bytes: 4 },
  INT64: { onnx: 'int64', bytes: 8 },
  FP16: { onnx: 'float16', bytes: 2 },
  FP32: { onnx: 'float32', bytes: 4 },
  FP64: { onnx: 'float64', bytes: 8 },
  BYTES: { onnx: 'string', bytes: undefined },
} as const;

export type Datatype = keyof typeof DATATYPES;

/** The array that holds a tensor's elements, row-major. FP16 is held as its bits. */
export interface TensorArrays {
  BOOL: Uint8Array;
  UINT8: Uint8Array;
  UINT16: Uint16Array;
  UINT32: Uint32Array;
  UINT64: BigUint64Array;
  INT8: Int8Array;
  INT16: Int16Array;
  INT32: Int32Array;
  INT64: BigInt64Array;
  FP16: Uint16Array;
  FP32: Float32Array;
  FP64: Float64Array;
  BYTES: string[];
}

/** A tensor: datatype, shape (each ≥ 0, `[]` is a scalar) and exactly the product of the shape in elements. */
export type Tensor = {
  [D in Datatype]: {
    readonly datatype: D;
    readonly shape: readonly number[];
    readonly data: TensorArrays[D];
  };
}[Datatype];

/** Tensors by name, as a model takes and gives them. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** Elements of a shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
