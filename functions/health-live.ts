import { app } from '@azure/functions';
import { AUTH_LEVEL } from './support/auth-level';
import { httpHandler, json } from './support/http-handler';

/** `GET /v2/health/live`: the process answers; nothing else is looked at. */
export const healthLive = httpHandler('open-inference', () => json({ live: true }));

app.http('healthLive', {
  methods: ['GET'],
  route: 'v2/health/live',
  authLevel: AUTH_LEVEL,
  handler: healthLive,
});
