import type { Flights } from './flights-file';
import { addJudgements, measureErrors, nothingJudged, quantile, type Judgement } from './model-errors';
import { predict, type Coefficients } from './normal-equations';
import { routeFeatures } from './route-features';
import type { FittedModels, TrainingSettings } from './training';

/** One fitted model, judged on the later flights of its route or origin. */
export interface JudgedModel {
  readonly level: 'route' | 'origin';
  readonly origin: string;
  /** Undefined for an origin's model. */
  readonly destination: string | undefined;
  readonly coefficients: Coefficients;
  readonly earlierFlights: number;
  /** On the whole later period. */
  readonly later: Judgement;
  /** On the second half of the later period alone. */
  readonly lastHalf: Judgement;
}

/** Judges every route's and origin's model on the later flights; routes first, in order of `flights.routes`. */
export function judgeModels(
  flights: Flights,
  fitted: FittedModels,
  { featureSet }: TrainingSettings,
): JudgedModel[] {
  const { split } = fitted;
  const lastMs = flights.epochMs.reduce((latest, time) => Math.max(latest, time), 0);
  const middleMs = (split.splitMs + lastMs) / 2;
  const delaysOf = (rows: Int32Array) => Float64Array.from(rows, (row) => flights.delay[row] ?? NaN);
  const judges = new Map<string, Judge>();
  for (const [origin, coefficients] of fitted.origins) {
    const rows = flights.routes.flatMap((route, index) =>
      route.origin === origin ? [split.rowsOf('earlier', index)] : [],
    );
    judges.set(
      origin,
      new Judge({ level: 'origin', origin, destination: undefined, coefficients }, delaysOf(join(rows))),
    );
  }

  const judgedRoutes: JudgedModel[] = [];
  for (const { route, rows, features } of routeFeatures(flights, split, 'later', featureSet)) {
    const { origin, destination } = flights.routes[route] ?? { origin: '', destination: '' };
    const later: LaterFlights = {
      features,
      delays: delaysOf(rows),
      isLastHalf: (index) => (flights.epochMs[rows[index] ?? 0] ?? 0) >= middleMs,
    };
    judges.get(origin)?.judge(later);
    const coefficients = fitted.routes[route];
    if (!coefficients) continue;
    const judge = new Judge(
      { level: 'route', origin, destination, coefficients },
      delaysOf(split.rowsOf('earlier', route)),
    );
    judge.judge(later);
    judgedRoutes.push(judge.verdict());
  }
  return [...judgedRoutes, ...[...judges.values()].map((judge) => judge.verdict())];
}

function join(parts: readonly Int32Array[]): Int32Array {
  const joined = new Int32Array(parts.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

interface LaterFlights {
  readonly features: Float32Array;
  readonly delays: Float64Array;
  readonly isLastHalf: (index: number) => boolean;
}

/** Adds up what one model and its baselines get wrong. */
class Judge {
  readonly #model: Pick<JudgedModel, 'level' | 'origin' | 'destination' | 'coefficients'>;
  readonly #earlierFlights: number;
  readonly #mean: number;
  readonly #median: number;
  #firstHalf = nothingJudged;
  #lastHalf = nothingJudged;

  /** @param earlierDelays delays of the fitted flights, in any order; sorted in place */
  constructor(
    model: Pick<JudgedModel, 'level' | 'origin' | 'destination' | 'coefficients'>,
    earlierDelays: Float64Array,
  ) {
    this.#model = model;
    this.#earlierFlights = earlierDelays.length;
    this.#mean = earlierDelays.reduce((sum, delay) => sum + delay, 0) / earlierDelays.length;
    this.#median = quantile(earlierDelays.sort(), 0.5);
  }

  judge({ features, delays, isLastHalf }: LaterFlights): void {
    const predictions = predict(this.#model.coefficients, features);
    const indices = [...delays.keys()];
    const judgeSome = (some: readonly number[]): Judgement => {
      const targets = Float64Array.from(some, (index) => delays[index] ?? NaN);
      return {
        model: measureErrors(targets, (at) => predictions[some[at] ?? 0] ?? NaN),
        mean: measureErrors(targets, () => this.#mean),
        median: measureErrors(targets, () => this.#median),
      };
    };
    this.#firstHalf = addJudgements(
      this.#firstHalf,
      judgeSome(indices.filter((index) => !isLastHalf(index))),
    );
    this.#lastHalf = addJudgements(this.#lastHalf, judgeSome(indices.filter(isLastHalf)));
  }

  verdict(): JudgedModel {
    return {
      ...this.#model,
      earlierFlights: this.#earlierFlights,
      later: addJudgements(this.#firstHalf, this.#lastHalf),
      lastHalf: this.#lastHalf,
    };
  }
}
