import { app } from '@azure/functions';
import { ServingError } from '../shared/errors';
import { services } from '../shared/services';
import { AUTH_LEVEL } from './support/auth-level';
import { httpHandler, json } from './support/http-handler';
import { routeValue } from './support/route-value';

/**
 * `GET /v2/models/{model}[/versions/{version}]/ready`: yes where a request would be served, loaded or not, since models
 * load on demand; 503 where the model is known to be broken.
 */
export const modelReady = httpHandler('open-inference', async (request) => {
  const { onlineScorer, sessions } = services();
  const { model, version } = await onlineScorer.find(routeValue(request, 'model'), request.params['version']);
  const failure = sessions.failure(version);
  if (failure !== undefined)
    throw new ServingError('model-unavailable', `Model "${model.name}" is not ready: ${failure}`);
  return json({ name: model.name, ready: true });
});

const options = { authLevel: AUTH_LEVEL, handler: modelReady } as const;
app.http('modelReady', { ...options, methods: ['GET'], route: 'v2/models/{model}/ready' });
app.http('modelReadyOfVersion', {
  ...options,
  methods: ['GET'],
  route: 'v2/models/{model}/versions/{version}/ready',
});
