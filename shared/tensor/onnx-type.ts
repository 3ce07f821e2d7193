import { type Datatype } from './tensor';

/** TensorProto.DataType of onnx.proto, by its number: the datatype it is served as, if it is. */
const ELEM_TYPES: Readonly<Record<number, { readonly onnx: string; readonly datatype?: Datatype }>> = {
  1: { onnx: 'float', datatype: 'FP32' },
  2: { onnx: 'uint8', datatype: 'UINT8' },
  3: { onnx: 'int8', datatype: 'INT8' },
  4: { onnx: 'uint16', datatype: 'UINT16' },
  5: { onnx: 'int16', datatype: 'INT16' },
  6: { onnx: 'int32', datatype: 'INT32' },
  7: { onnx: 'int64', datatype: 'INT64' },
  8: { onnx: 'string', datatype: 'BYTES' },
  9: { onnx: 'bool', datatype: 'BOOL' },
  10: { onnx: 'float16', datatype: 'FP16' },
  11: { onnx: 'double', datatype: 'FP64' },
  12: { onnx: 'uint32', datatype: 'UINT32' },
  13: { onnx: 'uint64', datatype: 'UINT64' },
  14: { onnx: 'complex64' },
  15: { onnx: 'complex128' },
  16: { onnx: 'bfloat16' },
  17: { onnx: 'float8e4m3fn' },
  18: { onnx: 'float8e4m3fnuz' },
  19: { onnx: 'float8e5m2' },
  20: { onnx: 'float8e5m2fnuz' },
  21: { onnx: 'uint4' },
  22: { onnx: 'int4' },
  23: { onnx: 'float4e2m1' },
  24: { onnx: 'float8e8m0' },
};

/** The datatype that serves an ONNX `elem_type`; undefined for one that onnxruntime-node cannot take or give. */
export function datatypeOfElemType(elemType: number): Datatype | undefined {
  return ELEM_TYPES[elemType]?.datatype;
}

/** ONNX's own name of an `elem_type`, for messages. */
export function nameOfElemType(elemType: number): string {
  return ELEM_TYPES[elemType]?.onnx ?? `unknown type ${elemType}`;
}
