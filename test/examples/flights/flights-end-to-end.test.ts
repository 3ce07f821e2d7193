import assert from 'node:assert/strict';
import { delayModel } from '../../../examples/flights/delay-model';
import { judgeModels, type JudgedModel } from '../../../examples/flights/evaluation';
import { flightEndpoint, PREDICTION_COLUMN } from '../../../examples/flights/flight-endpoint';
import type { Flights } from '../../../examples/flights/flights-file';
import { predict } from '../../../examples/flights/normal-equations';
import {
  promoteCandidates,
  registerCandidates,
  rejectionReasons,
} from '../../../examples/flights/publish-models';
import { fitModels, trainingSettings } from '../../../examples/flights/training';
import { ModelIndex } from '../../../shared/endpoints/model-index';
import { computeFeatures } from '../../../shared/features/compute-features';
import { ModelRegistry } from '../../../shared/registry/model-registry';
import type { Promotion } from '../../../shared/registry/promotion';
import { createOnnxEngine } from '../../../shared/runtime/onnx-engine';
import { SessionCache } from '../../../shared/runtime/session-cache';
import { scoreColumns } from '../../../shared/scoring/score-columns';
import type { ColumnBatch } from '../../../shared/scoring/scoring';
import { createAzureBlobStore } from '../../../shared/storage/azure-blob-store';
import { CONTAINERS, type BlobStore } from '../../../shared/storage/blob-store';
import { startTestAzurite, type TestAzurite } from '../../support/azurite';
import { flightsSlice } from './flights-slice';

/** Real flights: all routes from Las Vegas and Chicago Midway, those with few flights too. */
const flights = flightsSlice((origin) => ['LAS', 'MDW'].includes(origin));

let azurite: TestAzurite;
let store: BlobStore;
let production: ModelRegistry;
let judged: JudgedModel[];
let promotion: Promotion;

beforeAll(async () => {
  azurite = await startTestAzurite();
  store = createAzureBlobStore({ connectionString: azurite.connectionString });
  await store.ensureContainer(CONTAINERS.candidates);
  await store.ensureContainer(CONTAINERS.models);
  const candidates = new ModelRegistry(store, CONTAINERS.candidates);
  production = new ModelRegistry(store, CONTAINERS.models);
  judged = judgeModels(flights, fitModels(flights, trainingSettings), trainingSettings);
  await registerCandidates(
    candidates,
    judged.map((model) => delayModel(model, trainingSettings.featureSet)),
  );
  promotion = await promoteCandidates(candidates, production);
});

afterAll(() => azurite.stop());

function columnsOf(some: Flights): ColumnBatch {
  const airports = [...new Set(some.routes.flatMap(({ origin, destination }) => [origin, destination]))];
  const codes = (airportOf: (route: number) => string | undefined): Int32Array =>
    Int32Array.from(some.routeOfRow, (route) => airports.indexOf(airportOf(route) ?? ''));
  return {
    rows: some.rows,
    columns: new Map([
      ['date', { type: 'timestamp', epochMs: some.epochMs }],
      ['origin', { type: 'text', values: airports, codes: codes((route) => some.routes[route]?.origin) }],
      [
        'destination',
        { type: 'text', values: airports, codes: codes((route) => some.routes[route]?.destination) },
      ],
    ]),
  };
}

/** The model that a row should be scored by, as trained. */
function expectedModel(row: number): JudgedModel | undefined {
  const route = flights.routes[flights.routeOfRow[row] ?? 0];
  const isPromoted = ({ later }: JudgedModel) =>
    later.model.rows >= 20 && later.model.squared < later.mean.squared;
  const of = (destination: string | undefined) =>
    judged.find(
      (model) => model.origin === route?.origin && model.destination === destination && isPromoted(model),
    );
  return of(route?.destination) ?? of(undefined);
}

describe('flights, from training to scores', () => {
  test('every trained model is promoted or rejected with the reason', () => {
    const { promoted, rejected } = promotion;
    expect(promoted.length + rejected.length).toBe(judged.length);
    expect(promoted.length).toBeGreaterThan(50);
    expect(Object.keys(rejectionReasons(promotion)).sort()).toEqual(
      expect.arrayContaining(['rmse is not below baselineMeanRmse']),
    );
  });

  test('production serves only what beats the mean of its earlier flights', async () => {
    const catalog = await production.catalog();
    expect(catalog.models.size).toBe(promotion.promoted.length);
    for (const { versions, aliases } of catalog.models.values()) {
      const metrics = versions[0]?.metrics ?? {};
      expect(metrics['rmse']).toBeLessThan(metrics['baselineMeanRmse'] ?? 0);
      expect(aliases['champion']).toBe('1');
    }
  });

  test('every flight is scored by the model of its route, else of its origin', async () => {
    const [deployment] = flightEndpoint.deployments;
    assert(deployment);
    const index = new ModelIndex(await production.catalog(), deployment.selector);
    const sessions = new SessionCache({
      engine: createOnnxEngine(),
      fetch: (version) => production.fetch(version),
      budgetBytes: 64 * 1024 * 1024,
    });
    const batch = columnsOf(flights);
    const scored = await scoreColumns(batch, index, sessions, { outputNames: flightEndpoint.outputNames });
    await sessions.close();

    expect(scored.rejected.size).toBe(0);
    const [prediction] = scored.predictions;
    expect(prediction).toMatchObject({ name: PREDICTION_COLUMN, datatype: 'FP32' });
    const features = computeFeatures(trainingSettings.featureSet, batch);
    const width = features.length / flights.rows;
    const levels = new Set<string>();
    for (let row = 0; row < flights.rows; row += 101) {
      const expected = expectedModel(row);
      assert(expected);
      levels.add(expected.level);
      const [wanted] = predict(expected.coefficients, features.subarray(row * width, (row + 1) * width));
      const { level, origin } = expected;
      expect(scored.models[scored.modelOfRow[row] ?? -1]?.tags).toMatchObject({ level, origin });
      expect(Math.abs(Number(prediction?.values[row]) - Number(wanted))).toBeLessThan(1e-3);
    }
    expect([...levels].sort()).toEqual(['origin', 'route']);
  });
});
