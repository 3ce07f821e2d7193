import { app } from '@azure/functions';
import { resolveVersion } from '../shared/registry/catalog';
import { services } from '../shared/services';
import { AUTH_LEVEL } from './support/auth-level';
import { httpHandler } from './support/http-handler';
import { cacheable, pageOf } from './support/page';

/** `GET /models`: the production registry, paged and filtered by text and the latest version's tags. */
export const listModels = httpHandler('api', async (request) => {
  const { models } = await services().models.catalog();
  const items = [...models.values()]
    .map((model) => ({
      name: model.name,
      latest: resolveVersion(model, { latest: true })?.version,
      versions: model.versions.length,
      aliases: model.aliases,
      tags: resolveVersion(model, { latest: true })?.tags ?? {},
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return cacheable(request, pageOf(request, items));
});

app.http('listModels', { methods: ['GET'], route: 'models', authLevel: AUTH_LEVEL, handler: listModels });
