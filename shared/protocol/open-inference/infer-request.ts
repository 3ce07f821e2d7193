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
import { splitInferBody } from './binary-body';
import { type BinaryInput, readBinaryInputs } from './binary-request';

type Parameters = Readonly<Record<string, string | number | bigint | boolean>>;

/** An input as it was sent; members that could not be read are absent and named in the request's problems. */
export interface SentInput {
  readonly pointer: string;
  readonly name?: string;
  readonly datatype?: Datatype;
  readonly shape?: readonly number[];
  readonly tensor?: Tensor;
  /** Bytes of its data behind the JSON; such an input has no data in the JSON. */
  readonly binaryDataSize?: number;
}

interface RequestedOutput {
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
  /** The one input's bytes, where the request has no JSON at all. */
  readonly raw?: Uint8Array;
}

/**
 * Reads an infer request (Open Inference Protocol V2 with Triton's binary tensor data; unknown members are ignored, as
 * MLServer and KServe send some). `jsonLength` is the header `Inference-Header-Content-Length`. Throws `invalid-payload`
 * where the body is no JSON object or its binary part does not fit; all else that is wrong is listed in `problems`.
 */
export function decodeInferRequest(body: Uint8Array, jsonLength?: string): InferRequest {
  const split = splitInferBody(body, jsonLength);
  if (split.kind === 'raw') {
    const parameters = { binary_data_output: true };
    return { id: undefined, parameters, inputs: [], outputs: [], problems: [], raw: split.binary };
  }
  const root = parseJson(split.json);
  if (!isJsonObject(root))
    throw new ServingError('invalid-payload', `The body must be a JSON object, it is ${describeJson(root)}`);
  const problems: Violation[] = [];
  const reader = new RequestReader(problems);
  const id = reader.text(root.get('id'), '/id');
  const parameters = reader.parameters(root.get('parameters'), '/parameters');
  const inputs = reader.inputs(root.get('inputs'));
  const outputs = reader.outputs(root.get('outputs'));
  return { id, parameters, inputs: withBinaryTensors(inputs, split.binary, problems), outputs, problems };
}

/** Where other members are wrong already, the binary part is not read: it may be cut at wrong places. */
function withBinaryTensors(
  inputs: readonly SentInput[],
  binary: Uint8Array,
  problems: readonly Violation[],
): readonly SentInput[] {
  if (problems.length > 0) return inputs;
  const wanted = inputs.flatMap((input) => binaryInput(input) ?? []);
  const tensors = readBinaryInputs(binary, wanted).values();
  return inputs.map((input) => {
    const tensor = binaryInput(input) && tensors.next().value;
    return tensor ? { ...input, tensor } : input;
  });
}

function binaryInput({ pointer, name, datatype, shape, binaryDataSize }: SentInput): BinaryInput | undefined {
  if (binaryDataSize === undefined || !datatype || !shape || name === undefined) return undefined;
  return { pointer, name, datatype, shape, binaryDataSize };
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
    if (value === undefined || value === null) return {};
    if (!isJsonObject(value)) {
      this.#report(pointer, 'an object', describeJson(value));
      return {};
    }
    const parameters: [string, string | number | bigint | boolean][] = [];
    for (const [name, member] of value) {
      // MLServer sends the request's HTTP headers along, as an object.
      if (name === 'headers' || member === null) continue;
      if (typeof member === 'object')
        this.#report(`${pointer}/${escape(name)}`, 'a text, number or boolean', describeJson(member));
      else parameters.push([name, member]);
    }
    return Object.fromEntries(parameters);
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
    const data = this.#data(value, pointer, parameters['binary_data_size'], shape);
    const tensor =
      datatype && shape && data !== undefined
        ? this.#tensor(data, `${pointer}/data`, datatype, shape)
        : undefined;
    const binaryDataSize = data === undefined ? parameters['binary_data_size'] : undefined;
    return {
      pointer,
      ...(name !== undefined && { name }),
      ...(datatype && { datatype }),
      ...(shape && { shape }),
      ...(tensor && { tensor }),
      ...(binaryDataSize !== undefined && { binaryDataSize: Number(binaryDataSize) }),
    };
  }

  /** The data in the JSON; undefined where it follows as binary or is missing, which is reported. */
  #data(
    input: JsonObject,
    pointer: string,
    binaryDataSize: unknown,
    shape: readonly number[] | undefined,
  ): JsonValue | undefined {
    const data = input.get('data') ?? undefined; // KServe's client sends null beside binary data
    if (data !== undefined && binaryDataSize !== undefined && binaryDataSize !== 0)
      this.#report(`${pointer}/data`, 'no data beside binary_data_size', describeJson(data));
    if (data !== undefined || binaryDataSize !== undefined) return data;
    if (shape?.includes(0) === true) return [];
    this.#report(`${pointer}/data`, 'data, or parameters.binary_data_size', describeJson(input.get('data')));
    return undefined;
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
    data: JsonValue,
    pointer: string,
    datatype: Datatype,
    shape: readonly number[],
  ): Tensor | undefined {
    const read = readTensorJson(data, datatype, pointer, this.#problems);
    if (!read) return undefined;
    const [count, elements] = [read.flat.data.length, elementCount(shape)];
    if (count === elements) return reshaped(read.flat, shape);
    const expected = `${elements} elements, as the shape [${shape.join(', ')}] has`;
    this.#report(pointer, expected, `${count} elements`);
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
