/* eslint-disable @typescript-eslint/no-non-null-assertion -- inner loops of a numeric kernel: every index is bounded by its loop */

/**
 * The sums that a least-squares fit needs, whatever the number of rows: XᵀX (upper triangle, packed row by row)
 * and Xᵀy, where each row of X is 1 followed by the feature vector. Sums of parts are sums of the whole.
 */
export interface NormalEquations {
  /** Elements of a row of X: feature width + 1. */
  readonly size: number;
  readonly xtx: Float64Array;
  readonly xty: Float64Array;
}

/** A linear model: prediction = coefficients[0] + Σ coefficients[i + 1] · feature[i]. */
export type Coefficients = Float64Array;

export function emptyEquations(size: number): NormalEquations {
  return { size, xtx: new Float64Array((size * (size + 1)) / 2), xty: new Float64Array(size) };
}

/** Adds the rows of a row-major feature matrix; `targets` has one element a row. */
export function addRows(equations: NormalEquations, features: Float32Array, targets: Float64Array): void {
  const { size, xtx, xty } = equations;
  const width = size - 1;
  const row = new Float64Array(size);
  row[0] = 1;
  for (let at = 0; at < targets.length; at++) {
    for (let i = 0; i < width; i++) row[i + 1] = features[at * width + i]!;
    const target = targets[at]!;
    let cell = 0;
    for (let i = 0; i < size; i++) {
      const value = row[i]!;
      xty[i]! += value * target;
      for (let j = i; j < size; j++) xtx[cell++]! += value * row[j]!;
    }
  }
}

/** Adds the sums of a part to those of a whole. */
export function addEquations(whole: NormalEquations, part: NormalEquations): void {
  part.xtx.forEach((value, index) => (whole.xtx[index]! += value));
  part.xty.forEach((value, index) => (whole.xty[index]! += value));
}

/**
 * Ridge regression towards a prior: the coefficients that minimise Σ(y − xβ)² + Σ penaltyᵢ(βᵢ − priorᵢ)².
 * Solved by Cholesky; throws RangeError where the penalised XᵀX is not positive definite.
 */
export function solveTowards(
  equations: NormalEquations,
  prior: Coefficients,
  penalties: Float64Array,
): Coefficients {
  const { size, xtx, xty } = equations;
  const matrix = new Float64Array(size * size);
  const solution = Float64Array.from(xty);
  let cell = 0;
  for (let i = 0; i < size; i++) {
    for (let j = i; j < size; j++) {
      const value = xtx[cell++]!;
      matrix[j * size + i] = value;
      solution[i]! -= value * prior[j]!;
      if (j > i) solution[j]! -= value * prior[i]!;
    }
    matrix[i * size + i]! += penalties[i]!;
  }
  solveCholesky(matrix, solution, size);
  return solution.map((deviation, index) => deviation + prior[index]!);
}

/** Solves in place for a symmetric matrix given by its lower triangle, row-major. */
function solveCholesky(matrix: Float64Array, vector: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * size + j]!;
      for (let k = 0; k < j; k++) sum -= matrix[i * size + k]! * matrix[j * size + k]!;
      if (j < i) {
        matrix[i * size + j] = sum / matrix[j * size + j]!;
        continue;
      }
      if (!(sum > 0)) throw new RangeError(`the normal equations are singular at coefficient ${i}`);
      matrix[i * size + i] = Math.sqrt(sum);
    }
  }
  for (let i = 0; i < size; i++) {
    let sum = vector[i]!;
    for (let k = 0; k < i; k++) sum -= matrix[i * size + k]! * vector[k]!;
    vector[i] = sum / matrix[i * size + i]!;
  }
  for (let i = size - 1; i >= 0; i--) {
    let sum = vector[i]!;
    for (let k = i + 1; k < size; k++) sum -= matrix[k * size + i]! * vector[k]!;
    vector[i] = sum / matrix[i * size + i]!;
  }
}

/** The predictions of a model for the rows of a row-major feature matrix. */
export function predict(coefficients: Coefficients, features: Float32Array): Float64Array {
  const width = coefficients.length - 1;
  const predictions = new Float64Array(features.length / width);
  for (let row = 0; row < predictions.length; row++) {
    let sum = coefficients[0]!;
    for (let i = 0; i < width; i++) sum += coefficients[i + 1]! * features[row * width + i]!;
    predictions[row] = sum;
  }
  return predictions;
}
