import { ServingError, type Violation } from '../../errors';
import { DATATYPES, type Datatype, elementCount, type Tensor } from '../../tensor/tensor';
import { shapeProblem } from '../../tensor/tensor-check';
import {
  describeJson,
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseJson,
} from '../json-document';
import { NumberArray } from '../json-numbers';
import { readTensorJson, reshaped } from '../tensor-json';

export type Parameters = ReadonlyMap<string, string | number | bigint | boolean>;

/** An input as it was sent; members that could not be read are absent and named in the request's problems. */
export interface SentInput {
  readonly pointer: string;
  readonly name?: string;
  readonly datatype?: Datatype;
  readonly shape?: readonly number[];
  readonly tensor?: Tensor;
}

export interface RequestedOutput {
  readonly pointer: string;
  readonly name: string;
  readonly parameters: Parameters;
}

/** An infer request as far as it can be read without its model. */
export interface InferRequest {
  readonly id: string | undefined;
  readonly parameters: Parameters;
  readonly inputs: readonly SentInput[];
  /** Empty: all outputs. */
  readonly outputs: readonly RequestedOutput[];
  /** What is wrong so far; the signature check adds to it and throws. */
  readonly problems: readonly Violation[];
}

/**
 * Reads the JSON of an infer request (Open Inference Protocol V2; unknown members are ignored, as MLServer and KServe
 * send some). Throws `invalid-payload` where the body is no JSON object; all else that is wrong is listed in `problems`.
 */
export function decodeInferRequest(body: Uint8Array): InferRequest {
  const root = parseJson(body);
  if (!isJsonObject(root))
    throw new ServingError('invalid-payload', `The body must be a JSON object, it is ${describeJson(root)}`);
  const problems: Violation[] = [];
  const reader = new RequestReader(problems);
  return {
    id: reader.text(root.get('id'), '/id'),
    parameters: reader.parameters(root.get('parameters'), '/parameters'),
    inputs: reader.inputs(root.get('inputs')),
    outputs: reader.outputs(root.get('outputs')),
    problems,
  };
}

class RequestReader {
  readonly #problems: Violation[];

  constructor(problems: Violation[]) {
    this.#problems = problems;
  }

  inputs(value: JsonValue | undefined): SentInput[] {
    if (!isJsonArray(value)) {
      this.#report('/inputs', 'an array of inputs', describeJson(value));
      return [];
    }
    return value.map((input, index) => this.#input(input, `/inputs/${index}`));
  }

  outputs(value: JsonValue | undefined): RequestedOutput[] {
    if (value === undefined || value === null) return [];
    if (!isJsonArray(value)) {
      this.#report('/outputs', 'an array of outputs', describeJson(value));
      return [];
    }
    return value.flatMap((output, index) => {
      const pointer = `/outputs/${index}`;
      if (!isJsonObject(output)) {
        this.#report(pointer, 'an object', describeJson(output));
        return [];
      }
      const name = this.#required(output, 'name', pointer);
      const parameters = this.parameters(output.get('parameters'), `${pointer}/parameters`);
      return name === undefined ? [] : [{ pointer, name, parameters }];
    });
  }

  parameters(value: JsonValue | undefined, pointer: string): Parameters {
    const parameters = new Map<string, string | number | bigint | boolean>();
    if (value === undefined || value === null) return parameters;
    if (!isJsonObject(value)) {
      this.#report(pointer, 'an object', describeJson(value));
      return parameters;
    }
    for (const [name, member] of value) {
      // MLServer sends the request's HTTP headers along, as an object.
      if (name === 'headers' || member === null) continue;
      if (typeof member === 'object')
        this.#report(`${pointer}/${escape(name)}`, 'a text, number or boolean', describeJson(member));
      else parameters.set(name, member);
    }
    return parameters;
  }

  text(value: JsonValue | undefined, pointer: string): string | undefined {
    if (value === undefined || value === null || typeof value === 'string') return value ?? undefined;
    this.#report(pointer, 'a text', describeJson(value));
    return undefined;
  }

  #input(value: JsonValue, pointer: string): SentInput {
    if (!isJsonObject(value)) {
      this.#report(pointer, 'an object', describeJson(value));
      return { pointer };
    }
    const name = this.#required(value, 'name', pointer);
    const datatype = this.#datatype(value, pointer);
    const shape = this.#shape(value.get('shape'), `${pointer}/shape`);
    const parameters = this.parameters(value.get('parameters'), `${pointer}/parameters`);
    const tensor = datatype && shape && this.#tensor(value, { pointer, datatype, shape, parameters });
    return {
      pointer,
      ...(name !== undefined && { name }),
      ...(datatype && { datatype }),
      ...(shape && { shape }),
      ...(tensor && { tensor }),
    };
  }

  #datatype(input: JsonObject, pointer: string): Datatype | undefined {
    const text = this.#required(input, 'datatype', pointer)?.toUpperCase();
    if (text === undefined || isDatatype(text)) return text;
    this.#report(`${pointer}/datatype`, `one of ${Object.keys(DATATYPES).join(', ')}`, JSON.stringify(text));
    return undefined;
  }

  #shape(value: JsonValue | undefined, pointer: string): readonly number[] | undefined {
    if (isJsonArray(value) && value.length === 0) return [];
    const shape = value instanceof NumberArray && value.shape?.length === 1 ? [...value.values] : undefined;
    const problem = shape && shapeProblem(shape);
    if (shape && problem === undefined) return shape;
    this.#report(pointer, 'an array of whole numbers ≥ 0', problem ?? describeJson(value));
    return undefined;
  }

  #tensor(
    input: JsonObject,
    {
      pointer,
      datatype,
      shape,
      parameters,
    }: { pointer: string; datatype: Datatype; shape: readonly number[]; parameters: Parameters },
  ): Tensor | undefined {
    const elements = elementCount(shape);
    // KServe's client sends null for the data of an empty tensor.
    const data = input.get('data') ?? (elements === 0 ? [] : undefined);
    if (data === undefined) {
      const isBinary = parameters.has('binary_data_size');
      if (isBinary)
        throw new ServingError('not-implemented', 'Binary tensor data is not served yet; send JSON data');
      this.#report(`${pointer}/data`, `${elements} elements`, describeJson(input.get('data')));
      return undefined;
    }
    const read = readTensorJson(data, datatype, `${pointer}/data`, this.#problems);
    if (!read) return undefined;
    const count = read.flat.data.length;
    if (count === elements) return reshaped(read.flat, shape);
    const expected = `${elements} elements, as the shape [${shape.join(', ')}] has`;
    this.#report(`${pointer}/data`, expected, `${count} elements`);
    return undefined;
  }

  #required(object: JsonObject, member: string, pointer: string): string | undefined {
    const value = object.get(member);
    if (typeof value === 'string' && value !== '') return value;
    this.#report(`${pointer}/${member}`, 'a text', describeJson(value));
    return undefined;
  }

  #report(pointer: string, expected: string, received: string): void {
    this.#problems.push({ pointer, expected, received });
  }
}

function isDatatype(text: string): text is Datatype {
  return Object.hasOwn(DATATYPES, text);
}

function escape(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
