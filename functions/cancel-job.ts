import { app } from '@azure/functions';
import * as df from 'durable-functions';
import { services } from '../shared/services';
import { AUTH_LEVEL } from './support/auth-level';
import { durableHttpHandler } from './support/durable-http';
import { json } from './support/http-handler';
import { findRun } from './support/job-run';
import { routeValue } from './support/route-value';

/**
 * `POST /jobs/{job}/cancel`: nothing more of the job is started, and nothing is published. Canceling a job that is over
 * changes nothing. The answer is the job.
 */
export const cancelJob = durableHttpHandler(async (request, client) => {
  const { jobs } = services();
  const { id } = await jobs.find(routeValue(request, 'job'));
  if (await findRun(client, id)) await client.terminate(id, 'canceled');
  return json(await jobs.describe(id, await findRun(client, id)));
});

app.http('cancelJob', {
  methods: ['POST'],
  route: 'jobs/{job}/cancel',
  authLevel: AUTH_LEVEL,
  extraInputs: [df.input.durableClient()],
  handler: cancelJob,
});
