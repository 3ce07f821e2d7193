import { flightEndpoint } from '../examples/flights/flight-endpoint';
import { delayFeatures } from '../examples/flights/flight-features';
import { writeLinearOnnx } from '../examples/flights/onnx-linear';
import { featureWidth } from '../shared/features/feature-set';
import type { NewModel } from '../shared/registry/new-model';

/** Routes with fewer flights are left to their origin's model, as in the example. */
const FEWEST_FLIGHTS = 50;

/** A route and how many flights it has. */
export interface RouteFlights {
  readonly origin: string;
  readonly destination: string;
  readonly flights: number;
}

/**
 * Models with made-up coefficients for the flight example's endpoint: one per route with enough flights, one per origin.
 * The same flights give the same models.
 */
export function routeModels(routes: readonly RouteFlights[]): NewModel[] {
  const frequent = routes.filter(({ flights }) => flights >= FEWEST_FLIGHTS);
  const origins = [...new Set(routes.map(({ origin }) => origin))];
  return [
    ...frequent.map(({ origin, destination }) =>
      linear(`delay-${origin}-${destination}`, { level: 'route', origin, destination }),
    ),
    ...origins.map((origin) => linear(`delay-${origin}`, { level: 'origin', origin })),
  ];
}

function linear(name: string, tags: Readonly<Record<string, string>>): NewModel {
  let seed = Buffer.from(name).reduce((hash, byte) => (hash * 31 + byte) % 100_003, 7);
  const coefficients = Float64Array.from({ length: featureWidth(delayFeatures) + 1 }, () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return (seed / 2_147_483_647 - 0.5) * 20;
  });
  const onnx = writeLinearOnnx({
    coefficients,
    input: delayFeatures.input,
    output: 'delay',
    description: name,
    metadata: {},
  });
  return {
    name,
    version: '1',
    onnx,
    featureSet: delayFeatures,
    tags: { family: flightEndpoint.name, ...tags },
  };
}
