import type { FeatureSet } from '../../shared/features/feature-set';
import { MIN_LATER_FLIGHTS } from './accuracy';
import type { JudgedModel } from './evaluation';
import { meanAbsoluteError, rootMeanSquaredError } from './model-errors';
import { writeLinearOnnx } from './onnx-linear';

/** A trained model as the registry takes it. */
export interface DelayModel {
  readonly name: string;
  readonly onnx: Uint8Array;
  readonly description: string;
  readonly featureSet: FeatureSet;
  readonly tags: Readonly<Record<string, string>>;
  /** Minutes of error on the later flights; absent where there are too few of them to judge. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly provenance: Readonly<Record<string, string>>;
}

/** `delay` FP32 `[rows, 1]`, minutes, from the feature set's vector. */
export function delayModel(model: JudgedModel, featureSet: FeatureSet): DelayModel {
  const { level, origin, destination, coefficients, earlierFlights, later } = model;
  const tags = { family: 'flight-delay', level, origin, ...(destination !== undefined && { destination }) };
  const of =
    destination === undefined ? `flights from ${origin}` : `flights from ${origin} to ${destination}`;
  return {
    name: ['flight-delay', origin, destination].filter((part) => part !== undefined).join('-'),
    onnx: writeLinearOnnx({
      coefficients,
      input: featureSet.input,
      output: 'delay',
      description: `Delay in minutes of ${of}; linear, ridge-regularised`,
      metadata: tags,
    }),
    description: `Delay in minutes of ${of}, fitted on ${earlierFlights} earlier flights`,
    featureSet,
    tags,
    metrics: { trainRows: earlierFlights, testRows: later.model.rows, ...errorsOf(model) },
    provenance: { producer: 'polyscore examples/flights', data: 'vega-datasets flights-3m.parquet' },
  };
}

function errorsOf({ later: { model, mean, median } }: JudgedModel): Record<string, number> {
  if (model.rows < MIN_LATER_FLIGHTS) return {};
  return {
    rmse: rootMeanSquaredError(model),
    mae: meanAbsoluteError(model),
    baselineMeanRmse: rootMeanSquaredError(mean),
    baselineMeanMae: meanAbsoluteError(mean),
    baselineMedianRmse: rootMeanSquaredError(median),
    baselineMedianMae: meanAbsoluteError(median),
  };
}
