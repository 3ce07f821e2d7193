import { app } from '@azure/functions';
import { endpointSummary } from '../shared/scoring/endpoint-description';
import { services } from '../shared/services';
import { AUTH_LEVEL } from './support/auth-level';
import { httpHandler } from './support/http-handler';
import { cacheable, pageOf } from './support/page';

/** `GET /endpoints`: discovery, paged and filtered by tags and text. */
export const listEndpoints = httpHandler('api', async (request) => {
  const { endpoints, onlineScorer } = services();
  const { origin } = new URL(request.url);
  const page = pageOf(request, await endpoints.list());
  const value = await Promise.all(
    page.value.map(async (endpoint) => {
      const indexes = await Promise.all(endpoint.deployments.map((each) => onlineScorer.index(each)));
      return endpointSummary(endpoint, indexes, origin);
    }),
  );
  return cacheable(request, { ...page, value });
});

app.http('listEndpoints', {
  methods: ['GET'],
  route: 'endpoints',
  authLevel: AUTH_LEVEL,
  handler: listEndpoints,
});
