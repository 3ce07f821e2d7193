import { endpointSchema } from '../../../shared/endpoints/endpoint';
import { EndpointStore } from '../../../shared/endpoints/endpoint-store';
import type { FeatureSet } from '../../../shared/features/feature-set';
import { ModelRegistry } from '../../../shared/registry/model-registry';
import type { NewModel } from '../../../shared/registry/new-model';
import { createAzureBlobStore } from '../../../shared/storage/azure-blob-store';
import { CONTAINERS, type BlobStore } from '../../../shared/storage/blob-store';
import { linearModel } from '../../support/onnx-builder';

export const ENDPOINT = 'delay';
export const AIRPORTS = ['ATL', 'BOS', 'DEN', 'JFK', 'LAX', 'ORD', 'SEA', 'SFO'] as const;
/** Routes without a model. */
const UNSERVED = ['ATL-BOS', 'JFK-LAX', 'SEA-SFO', 'SFO-SFO'];
/** Small, so that the inputs of these tests make about two dozen mini-batches. */
export const MINI_BATCH_ROWS = 2_500;

const featureSet: FeatureSet = {
  input: 'x',
  columns: [
    { name: 'distance', type: 'number' },
    { name: 'date', type: 'timestamp' },
  ],
  features: [
    { kind: 'number', column: 'distance', offset: 500, scale: 1_000 },
    { kind: 'calendar-cyclic', column: 'date', part: 'hour', period: 24, harmonics: 1 },
    { kind: 'calendar-one-hot', column: 'date', part: 'weekday', values: [0, 6] },
  ],
};

function routeModels(): NewModel[] {
  const routes = AIRPORTS.flatMap((origin) => AIRPORTS.map((destination) => ({ origin, destination })));
  return routes
    .map(({ origin, destination }, index) => ({
      name: `${origin}-${destination}`,
      version: '1',
      onnx: linearModel([1 + index / 8, 0.25, -0.5, 2, 3], index, { output: 'delay' }),
      featureSet,
      tags: { origin, destination },
    }))
    .filter(({ name }) => !UNSERVED.includes(name));
}

const endpoint = endpointSchema.parse({
  name: ENDPOINT,
  deployments: [
    {
      name: 'by-route',
      selector: {
        kind: 'keys',
        rules: [
          {
            keys: [
              { column: 'origin', tag: 'origin' },
              { column: 'destination', tag: 'destination' },
            ],
          },
        ],
      },
    },
  ],
  outputNames: { delay: 'predicted_delay' },
  batch: { miniBatchRows: MINI_BATCH_ROWS },
});

/** Fills an empty storage: 60 linear models, one per route but four, and the endpoint that selects by route. */
export async function seedStorage(connectionString: string): Promise<BlobStore> {
  const store = createAzureBlobStore({ connectionString });
  await Promise.all(Object.values(CONTAINERS).map((container) => store.ensureContainer(container)));
  await new ModelRegistry(store, CONTAINERS.models).registerPack(routeModels());
  await new EndpointStore(store).put(endpoint);
  return store;
}
