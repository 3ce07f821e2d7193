import { app } from '@azure/functions';
import * as df from 'durable-functions';
import { services } from '../shared/services';
import { AUTH_LEVEL } from './support/auth-level';
import { durableHttpHandler } from './support/durable-http';
import { json } from './support/http-handler';
import { findRun } from './support/job-run';
import { routeValue } from './support/route-value';

/** `GET /jobs/{job}`: state, progress, rows per second, tally and output of a scoring job. */
export const getJob = durableHttpHandler(async (request, client) => {
  const { jobs } = services();
  const { id } = await jobs.find(routeValue(request, 'job'));
  return json(await jobs.describe(id, await findRun(client, id)), { 'cache-control': 'no-store' });
});

app.http('getJob', {
  methods: ['GET'],
  route: 'jobs/{job}',
  authLevel: AUTH_LEVEL,
  extraInputs: [df.input.durableClient()],
  handler: getJob,
});
