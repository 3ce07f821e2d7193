import { app, type HttpRequest } from '@azure/functions';
import { endpointSchema } from '../shared/endpoints/endpoint';
import { ServingError } from '../shared/errors';
import { parseJsonDocument } from '../shared/registry/json-document';
import { services } from '../shared/services';
import { AUTH_LEVEL } from './support/auth-level';
import { describedEndpoint } from './support/described-endpoint';
import { httpHandler, json } from './support/http-handler';
import { parseJsonBody, readBody } from './support/request-body';
import { routeValue } from './support/route-value';

const MOST_BYTES = 1024 * 1024;

/**
 * `PUT /endpoints/{endpoint}`: creates (201) or replaces (200) the endpoint's document. `If-Match` and
 * `If-None-Match: *` guard it; without either the write wins.
 */
export const putEndpoint = httpHandler('api', async (request) => {
  const name = routeValue(request, 'endpoint');
  const body = await readBody(request, MOST_BYTES);
  const sent = parseJsonBody(body);
  const isNameless = typeof sent === 'object' && sent !== null && !('name' in sent);
  const document = isNameless ? Buffer.from(JSON.stringify({ name, ...sent })) : body;
  const endpoint = parseJsonDocument(endpointSchema, 'The endpoint', document);
  if (endpoint.name !== name) {
    const violation = {
      pointer: '/name',
      expected: `"${name}", as in the path`,
      received: `"${endpoint.name}"`,
    };
    throw new ServingError('invalid-document', 'The endpoint has another name than its path', {
      violations: [violation],
    });
  }
  const { endpoints } = services();
  const isNew = !(await endpoints.list()).some((known) => known.name === name);
  const { etag } = await endpoints.put(endpoint, conditionsOf(request));
  return json(await describedEndpoint(request, endpoint), { etag }, isNew ? 201 : 200);
});

function conditionsOf(request: HttpRequest): { ifMatch?: string; ifNoneMatch?: '*' } {
  const ifMatch = request.headers.get('if-match');
  const ifNoneMatch = request.headers.get('if-none-match');
  if (ifNoneMatch !== null && ifNoneMatch !== '*')
    throw new ServingError('invalid-parameter', 'If-None-Match of a PUT must be "*"');
  return { ...(ifMatch !== null && { ifMatch }), ...(ifNoneMatch === '*' && { ifNoneMatch }) };
}

app.http('putEndpoint', {
  methods: ['PUT'],
  route: 'endpoints/{endpoint}',
  authLevel: AUTH_LEVEL,
  handler: putEndpoint,
});
