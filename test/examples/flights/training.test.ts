import assert from 'node:assert/strict';
import { accuracyAfterSelection, accuracyOf } from '../../../examples/flights/accuracy';
import { delayModel } from '../../../examples/flights/delay-model';
import { judgeModels } from '../../../examples/flights/evaluation';
import { meanAbsoluteError, rootMeanSquaredError } from '../../../examples/flights/model-errors';
import { splitFlights } from '../../../examples/flights/split-flights';
import { fitModels, trainingSettings } from '../../../examples/flights/training';
import { syntheticFlights } from './synthetic-flights';

const routes = [
  { origin: 'LAS', destination: 'PHL' },
  { origin: 'LAS', destination: 'SEA' },
  { origin: 'ATL', destination: 'SAV' },
];

/** The one element of a list. */
function only<T>(list: readonly T[]): T {
  const [first] = list;
  assert(first !== undefined && list.length === 1);
  return first;
}

const late = (hour: number) => (hour >= 18 ? 40 : 0);

/** Evening flights from LAS are late. So are those from ATL, but in the last 20 days it is the others. 8 flights a day. */
const flights = syntheticFlights(routes, 100, 8, (route, hour, day) =>
  route < 2 || day < 80 ? late(hour) : late(21 - hour),
);
const settings = { ...trainingSettings, minEarlierFlights: 100 };

describe('splitFlights', () => {
  test('puts every row in one route and one period, the first days in the earlier one', () => {
    const split = splitFlights(flights, 0.8);
    expect(new Date(split.splitMs).toISOString()).toBe('2001-03-22T00:00:00.000Z');
    const seen = routes.flatMap((_, route) => {
      const earlier = [...split.rowsOf('earlier', route)];
      const later = [...split.rowsOf('later', route)];
      expect(earlier).toHaveLength(80 * 8);
      expect(earlier.every((row) => (flights.epochMs[row] ?? Infinity) < split.splitMs)).toBe(true);
      expect(later.every((row) => (flights.epochMs[row] ?? 0) >= split.splitMs)).toBe(true);
      expect([...earlier, ...later].every((row) => flights.routeOfRow[row] === route)).toBe(true);
      return [...earlier, ...later];
    });
    expect(seen.sort((a, b) => a - b)).toEqual([...Array(flights.rows).keys()]);
  });
});

describe('training', () => {
  const fitted = fitModels(flights, settings);
  const judged = judgeModels(flights, fitted, settings);
  const of = (origin: string, destination?: string) =>
    only(judged.filter((model) => model.origin === origin && model.destination === destination));

  test('gives every route and every origin with enough flights a model', () => {
    expect(judged.map(({ origin, destination }) => [origin, destination])).toEqual([
      ['LAS', 'PHL'],
      ['LAS', 'SEA'],
      ['ATL', 'SAV'],
      ['LAS', undefined],
      ['ATL', undefined],
    ]);
  });

  test('a route model learns when its flights are late, which the mean cannot', () => {
    const model = of('LAS', 'PHL');
    expect(model.later.model.rows).toBe(20 * 8);
    expect(rootMeanSquaredError(model.later.mean)).toBeGreaterThan(15);
    expect(rootMeanSquaredError(model.later.model)).toBeLessThan(4);
    expect(meanAbsoluteError(model.later.median)).toBeCloseTo(10, 9);
  });

  test('a route or origin with too few earlier flights gets no model of its own', () => {
    const few = { ...settings, minEarlierFlights: 700 };
    const models = judgeModels(flights, fitModels(flights, few), few);
    expect(models.map(({ level, origin }) => [level, origin])).toEqual([['origin', 'LAS']]);
  });

  test('no model sees a later flight', () => {
    const changed = {
      ...flights,
      delay: flights.delay.map((delay, row) => (row >= 80 * 8 * 3 ? 999 : delay)),
    };
    const again = fitModels(changed, settings);
    expect(again.routes).toEqual(fitted.routes);
    expect(again.origins).toEqual(fitted.origins);
  });

  test('clock errors do not bend the fit', () => {
    const spoilt = { ...flights, delay: flights.delay.map((delay, row) => (row === 0 ? -50_000 : delay)) };
    const [model] = judgeModels(spoilt, fitModels(spoilt, settings), settings);
    assert(model);
    expect(rootMeanSquaredError(model.later.model)).toBeLessThan(4);
  });

  test('tells of progress, route by route', () => {
    const heard: [number, number][] = [];
    fitModels(flights, settings, (done, total) => heard.push([done, total]));
    expect(heard).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  });

  test('a model carries its keys as tags and its errors as metrics', () => {
    const { name, tags, metrics, onnx } = delayModel(of('LAS', 'PHL'), settings.featureSet);
    expect(name).toBe('flight-delay-LAS-PHL');
    expect(tags).toEqual({ family: 'flight-delay', level: 'route', origin: 'LAS', destination: 'PHL' });
    expect(metrics).toMatchObject({ trainRows: 640, testRows: 160, baselineMedianMae: 10 });
    expect(metrics['rmse']).toBeLessThan(metrics['baselineMeanRmse'] ?? 0);
    expect(onnx.length).toBeGreaterThan(100);
    expect(delayModel(of('ATL'), settings.featureSet).tags).toEqual({
      family: 'flight-delay',
      level: 'origin',
      origin: 'ATL',
    });
  });

  test('a model with too few later flights has no errors to be promoted by', () => {
    const few = syntheticFlights(routes, 25, 4, () => 3);
    const fewSettings = { ...settings, minEarlierFlights: 50, earlierShare: 0.9 };
    const [model] = judgeModels(few, fitModels(few, fewSettings), fewSettings);
    assert(model);
    expect(model.later.model.rows).toBe(12);
    expect(delayModel(model, settings.featureSet).metrics).toEqual({ trainRows: 88, testRows: 12 });
  });
});

describe('accuracyOf', () => {
  const judged = judgeModels(flights, fitModels(flights, settings), settings);

  test('pools the flights and shows how the gains are spread over the models', () => {
    const accuracy = accuracyOf(judged.slice(0, 3).map(({ later }) => later));
    expect(accuracy.flights).toBe(3 * 160);
    expect(accuracy.rmse).toBeLessThan(accuracy.baselineMeanRmse);
    expect(accuracy.rmseGainOverMean).toMatchObject({ models: 3, better: 2 });
    const { p5, p50, p95 } = accuracy.rmseGainOverMean.quantiles;
    expect(p5).toBeLessThan(0);
    expect(p50).toBeGreaterThan(0.7);
    expect(p95).toBeLessThanOrEqual(1);
  });

  test('after selection counts only what the first half of the later flights would promote', () => {
    const accuracy = accuracyAfterSelection(judged.slice(0, 3));
    expect(accuracy.flights).toBe(2 * 80);
    expect(accuracy.rmseGainOverMean).toMatchObject({ models: 2, better: 2 });
  });
});
