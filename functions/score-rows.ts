import { app } from '@azure/functions';
import { encodeRowAnswer } from '../shared/scoring/row-answer';
import { services } from '../shared/services';
import { AUTH_LEVEL } from './support/auth-level';
import { httpHandler } from './support/http-handler';
import { parseJsonBody, readBody } from './support/request-body';
import { routeValue } from './support/route-value';
import { scoringHeaders } from './support/scoring-headers';

/** Azure ML's header, on requests to pick a deployment and on answers to tell it. */
const DEPLOYMENT = 'azureml-model-deployment';

/** `POST /endpoints/{endpoint}/score`: row records, each scored by the model that its keys select. */
export const scoreRows = httpHandler('api', async (request, call) => {
  const { onlineScorer, config } = services();
  const body = await readBody(request, config.requestBodyBytes);
  const scores = await onlineScorer.scoreRows({
    endpoint: routeValue(request, 'endpoint'),
    deployment: request.headers.get(DEPLOYMENT) ?? undefined,
    body: parseJsonBody(body),
    deadline: call.deadline(),
  });
  return {
    headers: {
      'content-type': 'application/json',
      [DEPLOYMENT]: scores.deployment,
      ...scoringHeaders(scores.scored.models, scores),
    },
    body: encodeRowAnswer(scores),
  };
});

app.http('scoreRows', {
  methods: ['POST'],
  route: 'endpoints/{endpoint}/score',
  authLevel: AUTH_LEVEL,
  handler: scoreRows,
});
