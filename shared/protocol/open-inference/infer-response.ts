import type { Tensors } from '../../tensor/tensor';
import { tensorDataJson } from '../tensor-json-text';

/**
 * The JSON of an infer response. Outputs stand in the order of `outputs`. Clients need `id`, `model_name` and, of each
 * output, `data` even where it is empty. Throws `inference-failed` for an infinite number, which JSON cannot carry.
 */
export function encodeInferResponse(response: {
  readonly id: string;
  readonly model: string;
  readonly version: string;
  readonly outputs: readonly string[];
  readonly tensors: Tensors;
}): string {
  const outputs = response.outputs.flatMap((name) => {
    const tensor = response.tensors[name];
    if (!tensor) return [];
    const { shape, datatype } = tensor;
    const head = `{"name":${JSON.stringify(name)},"shape":[${shape.join(',')}],"datatype":"${datatype}"`;
    return [`${head},"data":${tensorDataJson(tensor, name)}}`];
  });
  const head = JSON.stringify({
    id: response.id,
    model_name: response.model,
    model_version: response.version,
  });
  return `${head.slice(0, -1)},"outputs":[${outputs.join(',')}]}`;
}
