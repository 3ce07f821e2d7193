import { app } from '@azure/functions';
import { modelMetadata as metadataOf } from '../shared/protocol/open-inference/model-metadata';
import { services } from '../shared/services';
import { AUTH_LEVEL } from './support/auth-level';
import { httpHandler, json } from './support/http-handler';
import { routeValue } from './support/route-value';

/** `GET /v2/models/{model}[/versions/{version}]`: Open Inference model metadata. */
export const modelMetadata = httpHandler('open-inference', async (request) => {
  const found = await services().onlineScorer.find(routeValue(request, 'model'), request.params['version']);
  return json(metadataOf(found.model, found.version));
});

const options = { authLevel: AUTH_LEVEL, handler: modelMetadata } as const;
app.http('modelMetadata', { ...options, methods: ['GET'], route: 'v2/models/{model}' });
app.http('modelMetadataOfVersion', {
  ...options,
  methods: ['GET'],
  route: 'v2/models/{model}/versions/{version}',
});
