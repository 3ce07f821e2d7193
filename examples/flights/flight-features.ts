import type { FeatureSet } from '../../shared/features/feature-set';

/**
 * What every delay model sees of a flight. Twelve harmonics resolve about an hour, enough to learn the timetable
 * of a route. Weekday, month and distance were tried and did not earn their place: docs/guides/flights.md.
 */
export const delayFeatures: FeatureSet = {
  input: 'features',
  columns: [{ name: 'date', type: 'timestamp', description: 'local time of departure' }],
  features: [{ kind: 'calendar-cyclic', column: 'date', part: 'hour', period: 24, harmonics: 12 }],
};
