import { featureWidth, type FeatureSet } from '../../shared/features/feature-set';
import { delayFeatures } from './flight-features';
import type { Flights, Route } from './flights-file';
import {
  addEquations,
  addRows,
  emptyEquations,
  solveTowards,
  type Coefficients,
  type NormalEquations,
} from './normal-equations';
import { routeFeatures } from './route-features';
import { splitFlights, type SplitFlights } from './split-flights';

/** How strongly a model is held to the one above it, in flights: a penalty of 50 weighs like 50 flights. */
interface Penalties {
  /** Of the constant, the level of delay. */
  readonly level: number;
  /** Of every other coefficient. */
  readonly shape: number;
}

export interface TrainingSettings {
  readonly featureSet: FeatureSet;
  /** Share of the days, from the first, whose flights are fitted; the rest judges. */
  readonly earlierShare: number;
  /** A route or origin with fewer earlier flights gets no model of its own. */
  readonly minEarlierFlights: number;
  /** Delays are cut to this range before fitting, minutes: the file holds clock errors such as −1,116. Judging uses them uncut. */
  readonly fittedDelay: { readonly from: number; readonly to: number };
  readonly penalties: Readonly<Record<'network' | 'origin' | 'route', Penalties>>;
}

/** Chosen on flights before the split only, by compare-settings.ts. */
export const trainingSettings: TrainingSettings = {
  featureSet: delayFeatures,
  earlierShare: 0.8,
  minEarlierFlights: 100,
  fittedDelay: { from: -60, to: 300 },
  penalties: {
    network: { level: 1, shape: 100 },
    origin: { level: 20, shape: 50 },
    route: { level: 100, shape: 50 },
  },
};

/** Fitted models: every origin's is held to the network's, every route's to its origin's. */
export interface FittedModels {
  readonly split: SplitFlights;
  readonly network: Coefficients;
  /** By airport code. */
  readonly origins: ReadonlyMap<string, Coefficients>;
  /** By index of route; undefined where it has too few earlier flights. */
  readonly routes: readonly (Coefficients | undefined)[];
}

/** Fits all models in one pass over the earlier flights. `onProgress` hears of routes done, of all routes. */
export function fitModels(
  flights: Flights,
  settings: TrainingSettings,
  onProgress: (done: number, total: number) => void = () => undefined,
): FittedModels {
  const split = splitFlights(flights, settings.earlierShare);
  const size = featureWidth(settings.featureSet) + 1;
  const ofRoute = sumRoutes(flights, split, settings, onProgress);
  const ofOrigin = new Map<string, NormalEquations>();
  const ofNetwork = emptyEquations(size);
  ofRoute.forEach((equations, route) => {
    const origin = originOf(flights.routes, route);
    const sums = ofOrigin.get(origin) ?? emptyEquations(size);
    ofOrigin.set(origin, sums);
    addEquations(sums, equations);
    addEquations(ofNetwork, equations);
  });

  const fit = (equations: NormalEquations, prior: Coefficients, { level, shape }: Penalties): Coefficients =>
    solveTowards(equations, prior, new Float64Array(size).fill(shape).fill(level, 0, 1));
  const isEnough = ({ xtx }: NormalEquations): boolean => (xtx[0] ?? 0) >= settings.minEarlierFlights;
  const network = fit(ofNetwork, new Float64Array(size), settings.penalties.network);
  const origins = new Map(
    [...ofOrigin]
      .filter(([, equations]) => isEnough(equations))
      .map(([origin, equations]) => [origin, fit(equations, network, settings.penalties.origin)]),
  );
  const routes = ofRoute.map((equations, route) => {
    if (!isEnough(equations)) return undefined;
    const prior = origins.get(originOf(flights.routes, route)) ?? network;
    return fit(equations, prior, settings.penalties.route);
  });
  return { split, network, origins, routes };
}

/** The normal equations of each route's earlier flights. */
function sumRoutes(
  flights: Flights,
  split: SplitFlights,
  { featureSet, fittedDelay }: TrainingSettings,
  onProgress: (done: number, total: number) => void,
): NormalEquations[] {
  const size = featureWidth(featureSet) + 1;
  const cut = (delay: number): number => Math.min(Math.max(delay, fittedDelay.from), fittedDelay.to);
  const sums: NormalEquations[] = [];
  for (const { rows, features } of routeFeatures(flights, split, 'earlier', featureSet)) {
    const equations = emptyEquations(size);
    addRows(
      equations,
      features,
      Float64Array.from(rows, (row) => cut(flights.delay[row] ?? NaN)),
    );
    onProgress(sums.push(equations), flights.routes.length);
  }
  return sums;
}

function originOf(routes: readonly Route[], route: number): string {
  return routes[route]?.origin ?? '';
}
