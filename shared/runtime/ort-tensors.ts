import { Tensor as OrtTensor } from 'onnxruntime-node';
import { DATATYPES, type Datatype, type Tensor, type Tensors } from '../tensor/tensor';

type OrtFeeds = Readonly<Record<string, OrtTensor>>;

const datatypeOfOrtType = new Map(
  Object.entries(DATATYPES).map(([datatype, { onnx }]) => [onnx as string, datatype as Datatype]),
);

/** Tensors as onnxruntime takes them; no element is copied but those of BOOL, which it does not normalise. */
export function toOrtTensors(tensors: Tensors): Record<string, OrtTensor> {
  const feeds: Record<string, OrtTensor> = {};
  for (const [name, tensor] of Object.entries(tensors)) feeds[name] = toOrtTensor(tensor);
  return feeds;
}

/** Throws TypeError for a type that has no datatype; the registry has refused such models. */
export function parseOrtTensors(outputs: OrtFeeds): Tensors {
  const tensors: Record<string, Tensor> = {};
  for (const [name, output] of Object.entries(outputs)) tensors[name] = parseOrtTensor(output);
  return tensors;
}

function toOrtTensor(tensor: Tensor): OrtTensor {
  const { onnx } = DATATYPES[tensor.datatype];
  const data = tensor.datatype === 'BOOL' ? normalised(tensor.data) : tensor.data;
  return new OrtTensor(onnx, data, tensor.shape);
}

function parseOrtTensor(output: OrtTensor): Tensor {
  const datatype = datatypeOfOrtType.get(output.type);
  if (datatype === undefined) throw new TypeError(`A tensor of type ${output.type} has no datatype`);
  return { datatype, shape: output.dims, data: plainData(datatype, output.data) } as Tensor;
}

function plainData(datatype: Datatype, data: OrtTensor['data']): OrtTensor['data'] {
  if (datatype === 'BOOL' && data instanceof Uint8Array) return normalised(data);
  // From Node 24 on, onnxruntime answers Float16Array; a tensor holds the bits.
  if (datatype === 'FP16' && ArrayBuffer.isView(data) && !(data instanceof Uint16Array))
    return new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
  return data;
}

/** Every element 0 or 1. The array itself where it is so already. */
function normalised(data: Uint8Array): Uint8Array {
  return data.every((value) => value <= 1) ? data : data.map((value) => (value === 0 ? 0 : 1));
}
