/** Errors of predictions, summed; sums of parts are sums of the whole. */
export interface ErrorSums {
  readonly rows: number;
  readonly absolute: number;
  readonly squared: number;
}

/** Errors on the same flights: of a model, and of always guessing the mean or the median of the earlier flights. */
export interface Judgement {
  readonly model: ErrorSums;
  readonly mean: ErrorSums;
  readonly median: ErrorSums;
}

const noErrors: ErrorSums = { rows: 0, absolute: 0, squared: 0 };
export const nothingJudged: Judgement = { model: noErrors, mean: noErrors, median: noErrors };

export function addJudgements(a: Judgement, b: Judgement): Judgement {
  return {
    model: addErrors(a.model, b.model),
    mean: addErrors(a.mean, b.mean),
    median: addErrors(a.median, b.median),
  };
}

function addErrors(a: ErrorSums, b: ErrorSums): ErrorSums {
  return { rows: a.rows + b.rows, absolute: a.absolute + b.absolute, squared: a.squared + b.squared };
}

/** Errors of predictions for some targets: `predictionAt` is asked for each element's index. */
export function measureErrors(targets: Float64Array, predictionAt: (index: number) => number): ErrorSums {
  let absolute = 0;
  let squared = 0;
  targets.forEach((target, index) => {
    const error = predictionAt(index) - target;
    absolute += Math.abs(error);
    squared += error * error;
  });
  return { rows: targets.length, absolute, squared };
}

/** Mean absolute error; NaN for no rows. */
export function meanAbsoluteError({ rows, absolute }: ErrorSums): number {
  return absolute / rows;
}

/** Root of the mean squared error; NaN for no rows. */
export function rootMeanSquaredError({ rows, squared }: ErrorSums): number {
  return Math.sqrt(squared / rows);
}

/** The value below which the share `q` (0 to 1) of the values lies, interpolated; NaN for no values. */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  const at = (sorted.length - 1) * q;
  const below = sorted[Math.floor(at)] ?? NaN;
  const above = sorted[Math.ceil(at)] ?? NaN;
  return below + (above - below) * (at - Math.floor(at));
}
