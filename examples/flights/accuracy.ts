import type { JudgedModel } from './evaluation';
import {
  addJudgements,
  meanAbsoluteError,
  nothingJudged,
  quantile,
  rootMeanSquaredError,
  type ErrorSums,
  type Judgement,
} from './model-errors';

/** Fewer later flights say nothing about a model: it is neither promoted nor counted in a distribution. */
export const MIN_LATER_FLIGHTS = 20;

const QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95] as const;

/** Distribution over models of `1 − error of the model / error of the baseline`; negative where the model is worse. */
export interface Gains {
  readonly models: number;
  /** Models whose error is smaller than the baseline's. */
  readonly better: number;
  /** By percent: `p5`, `p25`, `p50`, `p75`, `p95`. */
  readonly quantiles: Readonly<Record<string, number>>;
}

/** Minutes of error, over all flights of some models together and as a distribution over the models. */
export interface Accuracy {
  readonly flights: number;
  readonly rmse: number;
  readonly baselineMeanRmse: number;
  readonly mae: number;
  readonly baselineMeanMae: number;
  readonly baselineMedianMae: number;
  readonly rmseGainOverMean: Gains;
  readonly maeGainOverMean: Gains;
  readonly maeGainOverMedian: Gains;
}

export function accuracyOf(judgements: readonly Judgement[]): Accuracy {
  const all = judgements.reduce(addJudgements, nothingJudged);
  const enough = judgements.filter(({ model }) => model.rows >= MIN_LATER_FLIGHTS);
  const gains = (
    error: (sums: ErrorSums) => number,
    baseline: (judgement: Judgement) => ErrorSums,
  ): Gains => {
    const sorted = Float64Array.from(
      enough,
      (judgement) => 1 - error(judgement.model) / error(baseline(judgement)),
    ).sort();
    return {
      models: sorted.length,
      better: sorted.filter((gain) => gain > 0).length,
      quantiles: Object.fromEntries(QUANTILES.map((q) => [`p${q * 100}`, quantile(sorted, q)])),
    };
  };
  return {
    flights: all.model.rows,
    rmse: rootMeanSquaredError(all.model),
    baselineMeanRmse: rootMeanSquaredError(all.mean),
    mae: meanAbsoluteError(all.model),
    baselineMeanMae: meanAbsoluteError(all.mean),
    baselineMedianMae: meanAbsoluteError(all.median),
    rmseGainOverMean: gains(rootMeanSquaredError, ({ mean }) => mean),
    maeGainOverMean: gains(meanAbsoluteError, ({ mean }) => mean),
    maeGainOverMedian: gains(meanAbsoluteError, ({ median }) => median),
  };
}

/**
 * What promotion by the gate gives on flights it has not seen: models that beat their mean on the first half of
 * the later period, judged on the second half. Figures of promoted models on the whole later period are
 * optimistic, because those flights chose them.
 */
export function accuracyAfterSelection(models: readonly JudgedModel[]): Accuracy {
  const chosen = models.filter(({ later, lastHalf }) => {
    const firstHalf = subtract(later, lastHalf);
    return firstHalf.model.rows >= MIN_LATER_FLIGHTS / 2 && firstHalf.model.squared < firstHalf.mean.squared;
  });
  return accuracyOf(chosen.map(({ lastHalf }) => lastHalf));
}

function subtract(whole: Judgement, part: Judgement): Judgement {
  const less = (a: ErrorSums, b: ErrorSums): ErrorSums => ({
    rows: a.rows - b.rows,
    absolute: a.absolute - b.absolute,
    squared: a.squared - b.squared,
  });
  return {
    model: less(whole.model, part.model),
    mean: less(whole.mean, part.mean),
    median: less(whole.median, part.median),
  };
}
