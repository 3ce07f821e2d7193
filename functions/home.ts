import { app } from '@azure/functions';
import { SERVER_VERSION } from '../shared/protocol/server-version';
import { AUTH_LEVEL } from './support/auth-level';
import { httpHandler, json } from './support/http-handler';

/** `GET /`: where everything is. */
export const home = httpHandler('api', (request) => {
  const { origin } = new URL(request.url);
  return json({
    name: 'polyscore',
    version: SERVER_VERSION,
    links: {
      endpoints: `${origin}/endpoints`,
      models: `${origin}/models`,
      openInference: `${origin}/v2`,
      live: `${origin}/v2/health/live`,
      ready: `${origin}/v2/health/ready`,
      metrics: `${origin}/metrics`,
    },
  });
});

app.http('home', {
  methods: ['GET'],
  route: '{ignored:maxlength(0)?}', // the host has no other way to say "/"
  authLevel: AUTH_LEVEL,
  handler: home,
});
