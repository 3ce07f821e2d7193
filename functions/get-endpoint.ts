import { app } from '@azure/functions';
import { services } from '../shared/services';
import { AUTH_LEVEL } from './support/auth-level';
import { describedEndpoint } from './support/described-endpoint';
import { httpHandler, json } from './support/http-handler';
import { routeValue } from './support/route-value';

/** `GET /endpoints/{endpoint}`: everything a client needs to call it. The ETag guards a PUT. */
export const getEndpoint = httpHandler('api', async (request) => {
  const { endpoint, etag } = await services().endpoints.read(routeValue(request, 'endpoint'));
  return json(await describedEndpoint(request, endpoint), { etag });
});

app.http('getEndpoint', {
  methods: ['GET'],
  route: 'endpoints/{endpoint}',
  authLevel: AUTH_LEVEL,
  handler: getEndpoint,
});
