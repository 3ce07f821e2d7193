import { app } from '@azure/functions';
import { ServingError } from '../shared/errors';
import { withinDeadline } from '../shared/runtime/deadline';
import { services } from '../shared/services';
import { AUTH_LEVEL } from './support/auth-level';
import { httpHandler, json } from './support/http-handler';

/** Load balancers give up after some seconds; a late yes helps nobody. */
const LIMIT_MS = 4_000;

/**
 * `GET /v2/health/ready`: settings are valid, the registry and the endpoints have been read. A broken model does not
 * count. Whatever is wrong, the answer is 503.
 */
export const healthReady = httpHandler('open-inference', async () => {
  try {
    const { models, endpoints } = services();
    const readings = Promise.all([models.catalog(), endpoints.list()]);
    await withinDeadline(readings, LIMIT_MS, () => notReady('Storage did not answer in time'));
  } catch (thrown) {
    throw thrown instanceof ServingError ? notReady(thrown.message, thrown) : thrown;
  }
  return json({ live: true, ready: true });
});

function notReady(reason: string, cause?: unknown): ServingError {
  return new ServingError('storage-unavailable', reason, { cause, retryAfterSeconds: 1 });
}

app.http('healthReady', {
  methods: ['GET'],
  route: 'v2/health/ready',
  authLevel: AUTH_LEVEL,
  handler: healthReady,
});
