import type { Feature } from '../../shared/features/feature-set';
import { accuracyOf } from './accuracy';
import { judgeModels } from './evaluation';
import { flightsPath, readFlights, type Flights } from './flights-file';
import { fitModels, trainingSettings, type TrainingSettings } from './training';

/**
 * How the training settings were chosen: each variant is fitted on the first days and judged on those that follow,
 * twice, all of it before the day from which promotion judges. Run it with `node dist/examples/flights/compare-settings.js`.
 */
const FOLDS = [
  { fitDays: 86, days: 115 },
  { fitDays: 115, days: 144 },
];

const weekday: Feature = {
  kind: 'calendar-one-hot',
  column: 'date',
  part: 'weekday',
  values: [0, 1, 2, 3, 4, 5, 6],
};
const month: Feature = { kind: 'calendar-one-hot', column: 'date', part: 'month', values: [1, 2, 3, 4, 5] };
const distance: Feature = { kind: 'number', column: 'distance', offset: 700, scale: 500 };

const VARIANTS: Readonly<Record<string, TrainingSettings>> = {
  chosen: trainingSettings,
  '4 harmonics of the hour': withHarmonics(4),
  '8 harmonics of the hour': withHarmonics(8),
  'and weekday': withFeature(weekday),
  'and month': withFeature(month),
  'and distance': withFeature(distance),
  'delays not cut': { ...trainingSettings, fittedDelay: { from: -Infinity, to: Infinity } },
  'shape half as held': withRoutePenalties(100, 25),
  'shape twice as held': withRoutePenalties(100, 100),
  'level less held': withRoutePenalties(20, 50),
  'level more held': withRoutePenalties(400, 50),
  'routes alone, no network or origin': withRoutePenalties(1, 50, 1e9),
};

function withFeature(feature: Feature): TrainingSettings {
  const { featureSet } = trainingSettings;
  const distanceColumn = { name: 'distance', type: 'number' } as const;
  return {
    ...trainingSettings,
    featureSet: {
      ...featureSet,
      columns: [...featureSet.columns, distanceColumn],
      features: [...featureSet.features, feature],
    },
  };
}

function withHarmonics(harmonics: number): TrainingSettings {
  const hour: Feature = { kind: 'calendar-cyclic', column: 'date', part: 'hour', period: 24, harmonics };
  return { ...trainingSettings, featureSet: { ...trainingSettings.featureSet, features: [hour] } };
}

function withRoutePenalties(level: number, shape: number, above?: number): TrainingSettings {
  const { penalties } = trainingSettings;
  const origin = above === undefined ? penalties.origin : { level: above, shape: above };
  const network = above === undefined ? penalties.network : { level: above, shape: above };
  return { ...trainingSettings, penalties: { network, origin, route: { level, shape } } };
}

function firstDays(flights: Flights, days: number): Flights {
  const end = (flights.epochMs[0] ?? 0) + days * 86_400_000;
  const after = flights.epochMs.findIndex((time) => time >= end);
  const rows = after < 0 ? flights.rows : after;
  return {
    ...flights,
    rows,
    epochMs: flights.epochMs.subarray(0, rows),
    delay: flights.delay.subarray(0, rows),
    distance: flights.distance.subarray(0, rows),
    routeOfRow: flights.routeOfRow.subarray(0, rows),
  };
}

function main(): void {
  const flights = readFlights(flightsPath());
  const heads = FOLDS.map(
    ({ fitDays, days }) => `fit on days 1-${fitDays}, judged on ${fitDays + 1}-${days}`,
  );
  console.log(`| settings | ${heads.join(' | ')} |\n| --- |${' --- |'.repeat(heads.length)}`);
  const folds = FOLDS.map(({ fitDays, days }) => ({ fitDays, days, part: firstDays(flights, days) }));
  for (const [name, settings] of Object.entries(VARIANTS)) {
    const cells = folds.map(({ fitDays, days, part }) => {
      const fold = { ...settings, earlierShare: fitDays / days };
      const judged = judgeModels(part, fitModels(part, fold), fold);
      const of = (level: 'route' | 'origin') =>
        accuracyOf(judged.filter((model) => model.level === level).map(({ later }) => later));
      const route = of('route');
      return `RMSE ${route.rmse.toFixed(2)} (mean ${route.baselineMeanRmse.toFixed(2)}), MAE ${route.mae.toFixed(2)}; origins RMSE ${of('origin').rmse.toFixed(2)}`;
    });
    console.log(`| ${name} | ${cells.join(' | ')} |`);
  }
}

main();
