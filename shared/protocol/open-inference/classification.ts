import { ServingError } from '../../errors';
import { fromFloat16 } from '../../tensor/float16';
import type { Tensor } from '../../tensor/tensor';

/** As many as C++'s `std::to_string`, which Triton writes values with. */
const DECIMALS = 6;

/**
 * The best `count` classes of an output (Triton's classification extension): BYTES `value:index` or `value:index:label`,
 * best first, equal values in the order of their classes, NaN last. A first size of a batch stays (`[rows, count]`), all
 * other sizes are one list of classes; a tensor of one dimension is one list (`[count]`). There are at most as many
 * as classes. Throws `invalid-parameter` where `count` is no whole number from 1, or the output is text.
 */
export function topClasses(
  name: string,
  tensor: Tensor,
  count: unknown,
  labels: readonly (string | bigint)[] = [],
): Tensor {
  const place = `classification of output ${JSON.stringify(name)}`;
  const wanted = typeof count === 'number' && Number.isSafeInteger(count) && count >= 1 ? count : undefined;
  if (wanted === undefined) {
    throw new ServingError(
      'invalid-parameter',
      `The ${place} is ${String(count)}, expected a whole number from 1`,
    );
  }
  if (tensor.datatype === 'BYTES') {
    throw new ServingError('invalid-parameter', `The ${place} is not possible: its values are texts`);
  }
  const rows = tensor.shape.length > 1 ? (tensor.shape[0] ?? 0) : 1;
  const values = tensor.datatype === 'FP16' ? Float64Array.from(tensor.data, fromFloat16) : tensor.data;
  const classes = rows === 0 ? 0 : values.length / rows;
  const kept = Math.min(wanted, classes);
  const isReal = tensor.datatype.startsWith('FP');
  const texts: string[] = [];
  for (let row = 0; row < rows; row += 1) {
    for (const index of order(values.subarray(row * classes, (row + 1) * classes)).subarray(0, kept)) {
      const value = values[row * classes + index] ?? 0;
      const label = labels[index];
      const text = isReal ? Number(value).toFixed(DECIMALS) : String(value);
      texts.push(label === undefined ? `${text}:${index}` : `${text}:${index}:${label}`);
    }
  }
  return { datatype: 'BYTES', shape: tensor.shape.length > 1 ? [rows, kept] : [kept], data: texts };
}

/** Indexes by descending value. */
function order(values: ArrayLike<number | bigint>): Uint32Array {
  const rank = (index: number) => {
    const value = values[index] ?? 0;
    return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value;
  };
  return Uint32Array.from({ length: values.length }, (_, index) => index).sort((a, b) => {
    const [left, right] = [rank(a), rank(b)];
    return left === right ? a - b : left > right ? -1 : 1;
  });
}
