import type { CatalogModel, ModelVersion } from '../../registry/catalog';
import type { TensorSpec } from '../../registry/signature';

interface TensorMetadata {
  readonly name: string;
  readonly datatype: string;
  /** −1 where a dimension varies. A model that does not say its rank shows one that varies. */
  readonly shape: readonly number[];
}

export interface ModelMetadata {
  readonly name: string;
  readonly versions: readonly string[];
  readonly platform: 'onnxruntime_onnx';
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
}

/** What the server supports beyond the protocol's core; Open Inference clients look for Triton's names. */
export const SERVER_EXTENSIONS = ['binary_tensor_data', 'model_repository', 'parameters'] as const;

export function modelMetadata(model: CatalogModel, version: ModelVersion): ModelMetadata {
  return {
    name: model.name,
    versions: model.versions.map((known) => known.version),
    platform: 'onnxruntime_onnx',
    inputs: version.signature.inputs.map(tensorMetadata),
    outputs: version.signature.outputs.map(tensorMetadata),
  };
}

function tensorMetadata({ name, datatype, shape }: TensorSpec): TensorMetadata {
  return { name, datatype, shape: shape ?? [-1] };
}
