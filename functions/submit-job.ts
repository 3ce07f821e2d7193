import { app } from '@azure/functions';
import * as df from 'durable-functions';
import { parseJobRequest } from '../shared/batch/job-request';
import { services } from '../shared/services';
import { AUTH_LEVEL } from './support/auth-level';
import { durableHttpHandler } from './support/durable-http';
import { json } from './support/http-handler';
import { findRun, startJob } from './support/job-run';
import { parseJsonBody, readBody } from './support/request-body';
import { routeValue } from './support/route-value';

const MOST_BYTES = 4 * 1024 * 1024;

/**
 * `POST /endpoints/{endpoint}/jobs`: submits a scoring job over blobs: 201, or 200 where an equal job is there already.
 * A job that failed or was canceled starts again and goes on where it was.
 */
export const submitJob = durableHttpHandler(async (request, client) => {
  const { jobs } = services();
  const body = parseJsonBody(await readBody(request, MOST_BYTES));
  const { job, isNew } = await jobs.submit(routeValue(request, 'endpoint'), parseJobRequest(body));
  await startJob(client, job, { isRestart: true });
  const location = new URL(`/jobs/${job.id}`, request.url).href;
  return json(await jobs.describe(job.id, await findRun(client, job.id)), { location }, isNew ? 201 : 200);
});

app.http('submitJob', {
  methods: ['POST'],
  route: 'endpoints/{endpoint}/jobs',
  authLevel: AUTH_LEVEL,
  extraInputs: [df.input.durableClient()],
  handler: submitJob,
});
