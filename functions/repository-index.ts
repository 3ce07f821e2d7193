import { app } from '@azure/functions';
import { isJsonObject, parseJson } from '../shared/protocol/json-document';
import { repositoryIndex as indexOf } from '../shared/protocol/open-inference/repository-index';
import { services } from '../shared/services';
import { AUTH_LEVEL } from './support/auth-level';
import { httpHandler, json } from './support/http-handler';
import { readBody } from './support/request-body';

/** `POST /v2/repository/index`: every model version and its state; the body is empty or `{"ready": bool}`. */
export const repositoryIndex = httpHandler('open-inference', async (request) => {
  const { models, sessions, config } = services();
  const body = await readBody(request, config.requestBodyBytes);
  const wanted = body.byteLength === 0 ? undefined : parseJson(body);
  const onlyReady = isJsonObject(wanted) && wanted.get('ready') === true;
  const failureOf = sessions.failure.bind(sessions);
  return json(indexOf(await models.catalog(), failureOf, onlyReady));
});

app.http('repositoryIndex', {
  methods: ['POST'],
  route: 'v2/repository/index',
  authLevel: AUTH_LEVEL,
  handler: repositoryIndex,
});
