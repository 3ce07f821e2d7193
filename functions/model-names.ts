import { app } from '@azure/functions';
import { services } from '../shared/services';
import { AUTH_LEVEL } from './support/auth-level';
import { httpHandler, json } from './support/http-handler';

/** `GET /v2/models`: all model names, as KServe answers it. */
export const modelNames = httpHandler('open-inference', async () => {
  const { models } = await services().models.catalog();
  return json({ models: [...models.keys()] });
});

app.http('modelNames', { methods: ['GET'], route: 'v2/models', authLevel: AUTH_LEVEL, handler: modelNames });
