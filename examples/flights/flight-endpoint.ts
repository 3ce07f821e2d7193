import { endpointSchema, type Endpoint } from '../../shared/endpoints/endpoint';

/** The column that a prediction gets; the input has a column `delay` of its own. */
export const PREDICTION_COLUMN = 'predicted_delay';

/** The endpoint that scores a flight with its route's model, else with its origin's. */
export const flightEndpoint: Endpoint = endpointSchema.parse({
  name: 'flight-delay',
  description:
    'Minutes that a flight is late, from its route and time of departure: one model per route, else one per origin',
  tags: { domain: 'flights', example: 'true' },
  deployments: [
    {
      name: 'by-route',
      selector: {
        kind: 'keys',
        rules: [
          {
            where: { family: 'flight-delay', level: 'route' },
            keys: [
              { column: 'origin', tag: 'origin' },
              { column: 'destination', tag: 'destination' },
            ],
          },
          {
            where: { family: 'flight-delay', level: 'origin' },
            keys: [{ column: 'origin', tag: 'origin' }],
          },
        ],
        alias: 'champion',
      },
    },
  ],
  outputNames: { delay: PREDICTION_COLUMN },
});
