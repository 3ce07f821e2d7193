import type { Signature } from '../../registry/signature';
import type { Graph, Node, Weights } from './graph';

/** `output[rows, outputs] = input[rows, features] · weights + bias`, FP32. */
export interface LinearModel {
  readonly input: string;
  readonly output: string;
  readonly features: number;
  readonly outputs: number;
  /** One run of `features` elements per output. */
  readonly weights: Float32Array;
  /** One element per output. */
  readonly bias: Float32Array;
}

/** The linear model that a graph is: one Gemm, or a MatMul with or without an Add; undefined for any other graph. */
export function readLinearModel(graph: Graph, signature: Signature): LinearModel | undefined {
  const [input, ...moreInputs] = signature.inputs;
  const [output, ...moreOutputs] = signature.outputs;
  if (!input || !output || moreInputs.length > 0 || moreOutputs.length > 0) return undefined;
  const product = linearProduct(graph, input.name, output.name);
  if (!product) return undefined;
  const { matrix, isTransposed, addend } = product;
  const [rows = 0, columns = 0] = matrix.dims;
  const [features, outputs] = isTransposed ? [columns, rows] : [rows, columns];
  const bias = biasOf(addend, outputs);
  const fits =
    matrix.dims.length === 2 &&
    input.datatype === 'FP32' &&
    output.datatype === 'FP32' &&
    isMatrixOf(input.shape, features) &&
    isMatrixOf(output.shape, outputs);
  if (!fits || !bias) return undefined;
  const weights = isTransposed ? matrix.values : transpose(matrix.values, features, outputs);
  return { input: input.name, output: output.name, features, outputs, weights, bias };
}

interface LinearProduct {
  readonly matrix: Weights;
  readonly isTransposed: boolean;
  readonly addend: Weights | undefined;
}

function linearProduct({ nodes, weights }: Graph, input: string, output: string): LinearProduct | undefined {
  const [first, second, ...more] = nodes;
  if (!first || more.length > 0 || nodes.some(({ domain }) => domain !== '')) return undefined;
  const [left = '', right = '', third] = first.inputs;
  const matrix = weights.get(right);
  if (left !== input || !matrix || weights.has(input)) return undefined;
  if (first.op === 'Gemm' && !second && first.outputs[0] === output) {
    const addend = third === undefined || third === '' ? undefined : weights.get(third);
    const isKnown = third === undefined || third === '' || addend !== undefined;
    return isKnown && isPlainGemm(first)
      ? { matrix, isTransposed: first.attributes.get('transB') === 1, addend }
      : undefined;
  }
  if (first.op !== 'MatMul' || first.attributes.size > 0) return undefined;
  const [result = ''] = first.outputs;
  if (!second) return result === output ? { matrix, isTransposed: false, addend: undefined } : undefined;
  const other = second.inputs.find((name) => name !== result);
  const addend = second.inputs.includes(result) && other !== undefined ? weights.get(other) : undefined;
  const isSum = second.op === 'Add' && second.inputs.length === 2 && second.outputs[0] === output;
  return isSum && addend ? { matrix, isTransposed: false, addend } : undefined;
}

/** Scaled by nothing, the input not transposed. */
function isPlainGemm({ attributes }: Node): boolean {
  return [...attributes].every(([name, value]) => {
    if (name === 'alpha' || name === 'beta') return value === 1;
    if (name === 'transA') return value === 0;
    return name === 'transB' && (value === 0 || value === 1);
  });
}

/** `[rows, size]` with any number of rows. */
function isMatrixOf(shape: readonly number[] | undefined, size: number): boolean {
  return shape?.length === 2 && shape[0] === -1 && shape[1] === size;
}

/** The addend as one element per output; undefined where it would be broadcast in another way. */
function biasOf(addend: Weights | undefined, outputs: number): Float32Array | undefined {
  if (!addend) return new Float32Array(outputs);
  const { dims, values } = addend;
  const isRow = dims.length <= 2 && (dims.length < 2 || dims[0] === 1);
  if (!isRow) return undefined;
  if (values.length === outputs) return values;
  return values.length === 1 ? new Float32Array(outputs).fill(values[0] ?? 0) : undefined;
}

function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  if (columns === 1) return values;
  return values.map((_, index) => values[(index % rows) * columns + Math.floor(index / rows)] ?? 0);
}

/**
 * Predicts rows: sums in double precision, so a result differs from onnxruntime's in the seventh digit at most.
 * @param data row-major `[rows, features]`; a longer array is cut
 */
export function runLinear(model: LinearModel, data: Float32Array, rows: number): Float32Array {
  const { features, outputs, weights, bias } = model;
  const predictions = new Float32Array(rows * outputs);
  for (let row = 0; row < rows; row++) {
    const start = row * features;
    for (let output = 0; output < outputs; output++) {
      const first = output * features;
      let sum = bias[output] ?? 0;
      for (let feature = 0; feature < features; feature++) {
        sum += (data[start + feature] ?? 0) * (weights[first + feature] ?? 0);
      }
      predictions[row * outputs + output] = sum;
    }
  }
  return predictions;
}
