import { computeFeatures } from '../../shared/features/compute-features';
import { featureWidth, type FeatureSet } from '../../shared/features/feature-set';
import type { ColumnBatch } from '../../shared/scoring/scoring';
import type { Flights } from './flights-file';
import type { Period, SplitFlights } from './split-flights';

/** Feature rows that are held at a time; a route with more is a block of its own. */
const BLOCK_ROWS = 65_536;

/** One route's flights of a period with their feature vectors, row-major. */
export interface RouteFeatures {
  readonly route: number;
  readonly rows: Int32Array;
  readonly features: Float32Array;
}

/** Each route in turn, those without flights in the period too. Features are computed for many routes at once. */
export function* routeFeatures(
  flights: Flights,
  split: SplitFlights,
  period: Period,
  set: FeatureSet,
): Generator<RouteFeatures> {
  const width = featureWidth(set);
  const columns = flightColumns(flights);
  const routes = flights.routes.length;
  for (let from = 0, to = 0; from < routes; from = to) {
    do to++;
    while (to < routes && split.rowsOfRange(period, from, to + 1).length <= BLOCK_ROWS);
    const block = computeFeatures(set, columns, split.rowsOfRange(period, from, to));
    for (let route = from, at = 0; route < to; route++) {
      const rows = split.rowsOf(period, route);
      const end = at + rows.length * width;
      yield { route, rows, features: block.subarray(at, end) };
      at = end;
    }
  }
}

/** The flights as columns that a feature set can be computed from. */
function flightColumns(flights: Flights): ColumnBatch {
  return {
    rows: flights.rows,
    columns: new Map([
      ['date', { type: 'timestamp', epochMs: flights.epochMs }],
      ['distance', { type: 'number', values: flights.distance }],
    ]),
  };
}
