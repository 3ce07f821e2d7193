import { ServingError, type Violation } from '../../errors';
import type { Signature, TensorSpec } from '../../registry/signature';
import type { Tensor, Tensors } from '../../tensor/tensor';
import { inWords, listed } from '../violation-list';
import { readRawInput } from './binary-request';
import type { InferRequest, SentInput } from './infer-request';

/** What a model is run with: tensors that fit its signature. */
export interface CheckedRequest {
  readonly inputs: Tensors;
  /** Names in the order asked for; all outputs where none was. */
  readonly outputs: readonly string[];
}

/**
 * Holds an infer request against the model's signature. Throws `signature-mismatch` that lists every problem at once,
 * those of decoding included: inputs unknown, missing, given twice, of another datatype, shape or size; outputs unknown.
 */
export function checkInferRequest(
  request: InferRequest,
  signature: Signature,
  model: string,
): CheckedRequest {
  if (request.raw) {
    const outputs = signature.outputs.map(({ name }) => name);
    return { inputs: readRawInput(request.raw, signature), outputs };
  }
  const problems: Violation[] = [...request.problems];
  const inputs = new Map<string, Tensor>();
  const sizes = new Map<string, { readonly size: number; readonly input: string }>();
  const seen = new Set<string>();
  for (const sent of request.inputs) {
    const spec = sent.name === undefined ? undefined : specOf(sent, sent.name, signature, seen, problems);
    if (!spec) continue;
    problems.push(...datatypeProblems(sent, spec), ...shapeProblems(sent, spec, sizes));
    if (sent.tensor) inputs.set(spec.name, sent.tensor);
  }
  for (const spec of signature.inputs)
    if (!seen.has(spec.name))
      problems.push({
        pointer: '/inputs',
        expected: `an input ${describeSpec(spec)}`,
        received: 'none of that name',
      });
  const outputs = outputNames(request, signature, problems);
  if (problems.length === 0) return { inputs: Object.fromEntries(inputs), outputs };
  const detail = `The request does not fit model "${model}": ${inWords(problems)}`;
  throw new ServingError('signature-mismatch', detail, { violations: listed(problems) });
}

function specOf(
  sent: SentInput,
  name: string,
  { inputs }: Signature,
  seen: Set<string>,
  problems: Violation[],
): TensorSpec | undefined {
  const pointer = `${sent.pointer}/name`;
  const spec = inputs.find((input) => input.name === name);
  if (!spec) {
    const expected = inputs.length === 0 ? 'no input' : `one of ${quoted(inputs)}`;
    problems.push({ pointer, expected, received: JSON.stringify(name) });
    return undefined;
  }
  if (seen.has(name)) problems.push({ pointer, expected: 'each input once', received: JSON.stringify(name) });
  seen.add(name);
  return spec;
}

function datatypeProblems({ pointer, datatype }: SentInput, spec: TensorSpec): Violation[] {
  if (datatype === undefined || datatype === spec.datatype) return [];
  return [{ pointer: `${pointer}/datatype`, expected: spec.datatype, received: datatype }];
}

/** One symbol is one size in all inputs: onnxruntime does not check that, the model fails inside or broadcasts. */
function shapeProblems(
  { pointer, shape: sent }: SentInput,
  { name, shape, symbols }: TensorSpec,
  sizes: Map<string, { readonly size: number; readonly input: string }>,
): Violation[] {
  if (!sent || !shape) return [];
  const at = `${pointer}/shape`;
  const fits =
    sent.length === shape.length && shape.every((size, axis) => size === -1 || size === sent[axis]);
  if (!fits)
    return [{ pointer: at, expected: describeShape(shape, symbols), received: `[${sent.join(', ')}]` }];
  const problems: Violation[] = [];
  sent.forEach((size, axis) => {
    const symbol = symbols?.[axis];
    if (symbol === undefined) return;
    const known = sizes.get(symbol);
    if (!known) sizes.set(symbol, { size, input: name });
    else if (known.size !== size)
      problems.push({
        pointer: `${at}/${axis}`,
        expected: `${symbol} = ${known.size}, as in input "${known.input}"`,
        received: String(size),
      });
  });
  return problems;
}

function outputNames({ outputs }: InferRequest, signature: Signature, problems: Violation[]): string[] {
  if (outputs.length === 0) return signature.outputs.map(({ name }) => name);
  for (const { pointer, name, parameters } of outputs) {
    if (!signature.outputs.some((output) => output.name === name))
      problems.push({
        pointer: `${pointer}/name`,
        expected: `one of ${quoted(signature.outputs)}`,
        received: JSON.stringify(name),
      });
    if (parameters['classification'] !== undefined)
      throw new ServingError('not-implemented', 'The classification extension is not served yet');
  }
  return [...new Set(outputs.map(({ name }) => name))];
}

function describeSpec({ name, datatype, shape, symbols }: TensorSpec): string {
  return `"${name}" (${datatype} ${describeShape(shape, symbols)})`;
}

/** `[N, 3]`: a symbol's name, else −1, where a dimension varies. */
function describeShape(shape: TensorSpec['shape'], symbols: TensorSpec['symbols']): string {
  if (!shape) return 'of any shape';
  return `[${shape.map((size, axis) => (size === -1 ? (symbols?.[axis] ?? '-1') : size)).join(', ')}]`;
}

function quoted(specs: readonly TensorSpec[]): string {
  return specs.map(({ name }) => `"${name}"`).join(', ');
}
