import { ServingError, type Violation } from '../../errors';
import { isJsonArray, type JsonObject, type JsonValue } from '../json-document';
import { NumberArray } from '../json-numbers';
import { readTensorJson } from '../tensor-json';
import { inWords } from '../violation-list';
import { datatypeOfColumn } from './column-tensor';
import type { SignatureParam } from './signature';

/**
 * A request's `params` by the model's schema: names it does not know are dropped, missing ones get their defaults.
 * Without a schema there are none. Throws `invalid-parameter` that lists those of another type, or a list where one value
 * belongs. (ONNX graphs take no such values: scripts around a model do.)
 */
export function checkParams(
  params: JsonObject | undefined,
  schema: readonly SignatureParam[] | undefined,
): ReadonlyMap<string, JsonValue> {
  const checked = new Map<string, JsonValue>();
  const problems: Violation[] = [];
  for (const param of schema ?? []) {
    const value = params?.get(param.name);
    if (value === undefined) checked.set(param.name, param.default);
    else if (isFitting(value, param, problems)) checked.set(param.name, value);
  }
  if (problems.length > 0) {
    throw new ServingError('invalid-parameter', `Params do not fit their schema: ${inWords(problems)}`, {
      violations: problems,
    });
  }
  return checked;
}

function isFitting(value: JsonValue, { name, type, isList }: SignatureParam, problems: Violation[]): boolean {
  const pointer = `/params/${name}`;
  const isArray = isJsonArray(value) || value instanceof NumberArray;
  if (isArray !== isList) {
    const [expected, received] = isList ? ['a list', 'one value'] : ['one value', 'a list'];
    problems.push({ pointer, expected, received });
    return false;
  }
  return readTensorJson(value, datatypeOfColumn(type), pointer, problems) !== undefined;
}
