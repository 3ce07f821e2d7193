import {
  addEquations,
  addRows,
  emptyEquations,
  predict,
  solveTowards,
} from '../../../examples/flights/normal-equations';

/** y = 2 + 3a − b, without noise. */
const features = Float32Array.from([1, 0, 0, 1, 2, 1, -1, 4, 3, 3, 0.5, -2]);
const targets = Float64Array.from([5, 1, 7, -5, 8, 5.5]);
const nothing = new Float64Array(3);

function sumsOf(from: number, to: number) {
  const sums = emptyEquations(3);
  addRows(sums, features.subarray(from * 2, to * 2), targets.subarray(from, to));
  return sums;
}

function expectClose(actual: Float64Array, expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  expected.forEach((value, index) => {
    expect(actual[index]).toBeCloseTo(value, 9);
  });
}

describe('solveTowards', () => {
  test('without penalties finds the line that the rows lie on', () => {
    const coefficients = solveTowards(sumsOf(0, 6), nothing, new Float64Array(3));
    expectClose(coefficients, [2, 3, -1]);
    expectClose(predict(coefficients, features), [...targets]);
  });

  test('finds the same from the sums of two parts', () => {
    const whole = sumsOf(0, 4);
    addEquations(whole, sumsOf(4, 6));
    expectClose(solveTowards(whole, nothing, new Float64Array(3)), [2, 3, -1]);
  });

  test('stays at the prior where there are no rows', () => {
    const prior = Float64Array.from([7, 8, 9]);
    expectClose(solveTowards(emptyEquations(3), prior, new Float64Array(3).fill(1)), [7, 8, 9]);
  });

  test('shrinks a mean towards the prior as many rows as the penalty says', () => {
    const sums = emptyEquations(2);
    addRows(sums, new Float32Array(10), new Float64Array(10).fill(4));
    const [mean] = solveTowards(sums, Float64Array.from([1, 0]), Float64Array.from([10, 1]));
    expect(mean).toBeCloseTo(2.5, 9);
  });

  test('says which coefficient the rows leave open', () => {
    const sums = emptyEquations(3);
    addRows(sums, Float32Array.from([1, 1, 2, 2]), Float64Array.from([1, 2]));
    expect(() => solveTowards(sums, nothing, new Float64Array(3))).toThrow(/singular at coefficient 2/);
  });
});
