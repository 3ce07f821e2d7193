import { ServingError, type Violation } from '../../errors';
import type { Signature, TensorSpec } from '../../registry/signature';
import { shapeProblem } from '../../tensor/tensor-check';
import { DATATYPES, elementCount, type Datatype, type Tensor, type Tensors } from '../../tensor/tensor';
import { BinaryProblem, readBinaryTensor } from './binary-tensor';

/** One input of the request's JSON that carries `parameters.binary_data_size`. */
export interface BinaryInput {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  /** As the JSON says; not yet checked. */
  readonly binaryDataSize: number;
  /** Of the input in the request: `/inputs/0`. */
  readonly pointer: string;
}

/**
 * Reads the tensors that follow a request's JSON, in the order of its inputs. Every input's problem is listed in one
 * `invalid-payload`: a size that is no whole number, that differs from shape × datatype or runs past the body; texts cut
 * off; bytes left over at the end. Tensors may be views of the body.
 */
export function readBinaryInputs(binary: Uint8Array, inputs: readonly BinaryInput[]): readonly Tensor[] {
  const tensors: Tensor[] = [];
  const problems: Violation[] = [];
  let at = 0;
  for (const input of inputs) {
    const { name, binaryDataSize: size } = input;
    const pointer = `${input.pointer}/parameters/binary_data_size`;
    const left = binary.length - at;
    const isFitting = Number.isSafeInteger(size) && size >= 0 && size <= left;
    if (!isFitting) {
      const expected = `a whole number from 0 to the ${left} bytes left of the body (input ${JSON.stringify(name)})`;
      problems.push({ pointer, expected, received: String(size) });
      at = binary.length;
      continue;
    }
    const tensor = readInput(binary.subarray(at, at + size), input, pointer, problems);
    if (tensor !== undefined) tensors.push(tensor);
    at += size;
  }
  if (at < binary.length) {
    problems.push({
      pointer: '/inputs',
      expected: `${at} bytes of binary data, as the inputs' binary_data_size add up to`,
      received: `${binary.length} bytes`,
    });
  }
  if (problems.length > 0)
    throw new ServingError('invalid-payload', summaryOf(problems), { violations: problems });
  return tensors;
}

/**
 * The one input of a raw binary request (header `Inference-Header-Content-Length: 0`), whose shape follows from the
 * number of bytes: the model takes one input with at most one size that varies; of more, all but the last are 1.
 * For BYTES the body is the text of the one element. Throws `invalid-payload` where this is not so.
 */
export function readRawInput(binary: Uint8Array, signature: Signature): Tensors {
  const [spec, ...others] = signature.inputs;
  if (spec?.shape === undefined || others.length > 0) {
    throw rawError(`the model takes ${signature.inputs.length} inputs`, 'one input of known rank');
  }
  const { name, datatype } = spec;
  if (datatype === 'BYTES') {
    const shape = spec.shape.map((size) => (size === -1 ? 1 : size));
    if (elementCount(shape) !== 1)
      throw rawError(`input ${JSON.stringify(name)} is BYTES [${spec.shape.join(', ')}]`, 'one text');
    const prefix = Buffer.alloc(4);
    prefix.writeUInt32LE(binary.length);
    return {
      [name]: rethrown(name, () => readBinaryTensor(Buffer.concat([prefix, binary]), datatype, shape, 1)),
    };
  }
  const shape = rawShape(spec, binary.length / DATATYPES[datatype].bytes);
  return { [name]: rethrown(name, () => readBinaryTensor(binary, datatype, shape, elementCount(shape))) };
}

function readInput(
  bytes: Uint8Array,
  { name, datatype, shape }: BinaryInput,
  pointer: string,
  problems: Violation[],
): Tensor | undefined {
  const problem = shapeProblem(shape);
  if (problem !== undefined) {
    problems.push({
      pointer: pointer.replace(/parameters.*$/, 'shape'),
      expected: 'a shape',
      received: problem,
    });
    return undefined;
  }
  try {
    return readBinaryTensor(bytes, datatype, shape, elementCount(shape));
  } catch (error) {
    if (!(error instanceof BinaryProblem)) throw error;
    problems.push({
      pointer,
      expected: `${error.expected} for input ${JSON.stringify(name)}`,
      received: error.received,
    });
    return undefined;
  }
}

function rawShape({ name, shape = [] }: TensorSpec, elements: number): number[] {
  const varying = shape.lastIndexOf(-1);
  const fixed = shape.map((size) => (size === -1 ? 1 : size));
  const rest = elementCount(fixed);
  if (varying === -1 || rest === 0) return fixed;
  const size = elements / rest;
  if (!Number.isInteger(size)) {
    throw rawError(
      `it holds ${elements} elements`,
      `a multiple of ${rest} for input ${JSON.stringify(name)}`,
    );
  }
  return fixed.map((fixedSize, index) => (index === varying ? size : fixedSize));
}

function rethrown(name: string, read: () => Tensor): Tensor {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BinaryProblem)) throw error;
    throw rawError(`it holds ${error.received}`, `${error.expected} for input ${JSON.stringify(name)}`);
  }
}

function rawError(received: string, expected: string): ServingError {
  return new ServingError(
    'invalid-payload',
    `A raw binary body does not fit the model: ${received}, expected ${expected}`,
  );
}

function summaryOf(problems: readonly Violation[]): string {
  return problems
    .map(({ pointer, expected, received }) => `${pointer}: expected ${expected}, received ${received}`)
    .join('; ');
}
