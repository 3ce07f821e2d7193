import type { Violation } from '../../errors';
import type { TensorSpec } from '../../registry/signature';
import type { Tensor } from '../../tensor/tensor';
import { reshaped, type JsonTensor } from '../tensor-json';

/**
 * A tensor in the shape that a model's input declares: sizes that do not vary must be equal. Rows of one value fit
 * `[-1]` and `[-1, 1]` alike. Where it does not fit, undefined, with the reason added to `problems`.
 */
export function fitTensor(
  { shape, flat }: JsonTensor,
  spec: Pick<TensorSpec, 'name' | 'shape'>,
  pointer: string,
  problems: Violation[],
): Tensor | undefined {
  const expected = `shape [${spec.shape?.join(', ') ?? ''}] for input ${JSON.stringify(spec.name)}`;
  if (shape === undefined) {
    problems.push({ pointer, expected, received: 'rows of several lengths or depths' });
    return undefined;
  }
  if (spec.shape === undefined) return reshaped(flat, shape);
  for (const candidate of candidates(shape)) {
    if (isFitting(candidate, spec.shape)) return reshaped(flat, candidate);
  }
  problems.push({ pointer, expected, received: `shape [${shape.join(', ')}]` });
  return undefined;
}

function candidates(shape: readonly number[]): readonly (readonly number[])[] {
  const [rows = 0, width] = shape;
  if (shape.length === 1) return [shape, [rows, 1]];
  return shape.length === 2 && width === 1 ? [shape, [rows]] : [shape];
}

function isFitting(shape: readonly number[], declared: readonly number[]): boolean {
  return (
    shape.length === declared.length && declared.every((size, axis) => size === -1 || size === shape[axis])
  );
}
