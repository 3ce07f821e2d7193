import { app } from '@azure/functions';
import { ServingError } from '../shared/errors';
import { withinDeadline } from '../shared/runtime/deadline';
import { services } from '../shared/services';
import { AUTH_LEVEL } from './support/auth-level';
import { httpHandler, json } from './support/http-handler';

/** Load balancers give up after some seconds; a late yes helps nobody. */
const LIMIT_MS = 4_000;

/** `GET /v2/health/ready`: settings are valid and the registry and the endpoints have been read. A broken model does not count. */
export const healthReady = httpHandler('open-inference', async () => {
  const { models, endpoints } = services();
  const readings = Promise.all([models.catalog(), endpoints.list()]);
  const late = (): ServingError =>
    new ServingError('storage-unavailable', 'Storage did not answer in time', { retryAfterSeconds: 1 });
  await withinDeadline(readings, LIMIT_MS, late);
  return json({ live: true, ready: true });
});

app.http('healthReady', {
  methods: ['GET'],
  route: 'v2/health/ready',
  authLevel: AUTH_LEVEL,
  handler: healthReady,
});
