import { elementsProblem } from './tensor-check';
import type { Datatype, Tensor } from './tensor';

/**
 * A tensor out of its parts, where the compiler cannot see that they belong together. Throws TypeError where the
 * elements are not those of the shape; that `data` is the datatype's array is the caller's to know.
 */
export function parseTensor(datatype: Datatype, shape: readonly number[], data: Tensor['data']): Tensor {
  const problem = elementsProblem(shape, data.length);
  if (problem !== undefined) throw new TypeError(problem);
  return { datatype, shape, data } as Tensor;
}
