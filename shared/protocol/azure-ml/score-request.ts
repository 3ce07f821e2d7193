import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../json-document';
import { NumberArray } from '../json-numbers';
import {
  readParams,
  readRecords,
  readSplit,
  refused,
  type Invocation,
  type ModelInput,
} from '../mlflow/invocation';

const POINTER = '/input_data';

/**
 * Reads the body of `POST …/score` in the shape of Azure ML's no-code deployments: `{"input_data": X, "params"?: {…}}`,
 * X a frame in split form, records, an object of arrays by input name, a nested array or a list of scalars. MLflow's
 * `inputs` stands for `input_data` where that is missing. Throws `invalid-payload` for anything else.
 */
export function readScoreRequest(document: JsonValue): Invocation {
  if (!isJsonObject(document)) throw refused('', 'an object with input_data', document);
  const value = document.get('input_data') ?? document.get('inputs');
  if (value === undefined) throw refused('', 'an object with input_data', undefined, 'none of that name');
  return { input: readInputData(value), params: readParams(document) };
}

function readInputData(value: JsonValue): ModelInput {
  if (isJsonObject(value)) {
    return isSplit(value) ? readSplit(value, POINTER) : { kind: 'named', tensors: value, pointer: POINTER };
  }
  if (isJsonArray(value) && isJsonObject(value[0])) return readRecords(value, POINTER);
  if (isJsonArray(value) || value instanceof NumberArray) return { kind: 'array', value, pointer: POINTER };
  throw refused(POINTER, 'a frame, records, arrays by input name, or an array', value);
}

/** A model may have an input named `data`: a frame shows itself by its columns or index. */
function isSplit(value: JsonObject): boolean {
  return value.has('data') && (value.has('columns') || value.has('index'));
}
