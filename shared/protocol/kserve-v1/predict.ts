import type { Signature } from '../../registry/signature';
import type { Tensors } from '../../tensor/tensor';
import { isJsonObject, type JsonValue } from '../json-document';
import { readInputs, readInstances, refused, type ModelInput } from '../mlflow/invocation';
import { modelFeeds, type ModelFeeds } from '../mlflow/model-feeds';
import { predictionsJson } from '../mlflow/predictions';
import { nestedTensorJson } from '../tensor-json-text';

/**
 * What to run a model with for `POST /v1/models/{model}:predict` (KServe V1, TensorFlow Serving's REST API):
 * `{"instances": [...]}`, one value or object of inputs a row, or `{"inputs": …}`, arrays by input name or one array.
 * Throws `invalid-payload` for other bodies, `signature-mismatch` that lists what does not fit the model.
 */
export function predictFeeds(document: JsonValue, signature: Signature): ModelFeeds {
  return modelFeeds(readPredictRequest(document), signature);
}

/** The answer: `predictions` are the rows of the one output, or an object a row where there are several. */
export function encodePredictAnswer(outputs: Tensors, feeds: ModelFeeds): string {
  const named = Object.entries(outputs);
  const [only] = named;
  if (only !== undefined && named.length === 1)
    return `{"predictions":${nestedTensorJson(only[1], only[0])}}`;
  const rows = named[0]?.[1].shape[0] ?? 0;
  return `{"predictions":${predictionsJson(outputs, { ...feeds, form: 'rows', rows })}}`;
}

/** An error as V1 has it: its text alone. */
export function kserveV1Error({ detail }: { readonly detail: string }): { readonly error: string } {
  return { error: detail };
}

/** `GET /v1/models/{model}`. */
export function modelStatus(
  name: string,
  ready: boolean,
): { readonly name: string; readonly ready: boolean } {
  return { name, ready };
}

function readPredictRequest(document: JsonValue): ModelInput {
  if (!isJsonObject(document)) throw refused('', 'an object with instances', document);
  const instances = document.get('instances');
  const inputs = document.get('inputs');
  if (instances !== undefined && inputs !== undefined) {
    throw refused('', 'either instances or inputs', undefined, 'both');
  }
  if (inputs !== undefined) return readInputs(inputs, '/inputs');
  if (instances === undefined) throw refused('/instances', 'an array', undefined);
  return readInstances(instances, '/instances');
}
