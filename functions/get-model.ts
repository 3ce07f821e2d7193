import { app } from '@azure/functions';
import { services } from '../shared/services';
import { AUTH_LEVEL } from './support/auth-level';
import { httpHandler } from './support/http-handler';
import { cacheable } from './support/page';
import { routeValue } from './support/route-value';

/** `GET /models/{model}`: its versions in order of registration, each with tags, metrics and signature. */
export const getModel = httpHandler('api', async (request) => {
  const { onlineScorer, sessions } = services();
  const { model } = await onlineScorer.find(routeValue(request, 'model'));
  const versions = model.versions.map((version) => ({
    version: version.version,
    digest: version.digest,
    sizeBytes: version.sizeBytes,
    state: sessions.failure(version) === undefined ? 'ready' : 'unavailable',
    reason: sessions.failure(version),
    tags: version.tags,
    metrics: version.metrics,
    signature: version.signature,
    featureSet: version.featureSet,
  }));
  return cacheable(request, { name: model.name, aliases: model.aliases, versions });
});

app.http('getModel', { methods: ['GET'], route: 'models/{model}', authLevel: AUTH_LEVEL, handler: getModel });
