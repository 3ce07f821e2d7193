import { app } from '@azure/functions';
import * as df from 'durable-functions';
import { ServingError } from '../shared/errors';
import { services } from '../shared/services';
import { AUTH_LEVEL } from './support/auth-level';
import { durableHttpHandler } from './support/durable-http';
import { json } from './support/http-handler';
import { findRun } from './support/job-run';

const DEFAULT_LIMIT = 20;
const MOST_LIMIT = 100;

/** `GET /jobs`: the latest jobs first; `limit` (1-100, default 20), `after` (the last id of the page before). */
export const listJobs = durableHttpHandler(async (request, client) => {
  const { jobs } = services();
  const limit = parseLimit(request.query.get('limit'));
  const { ids, hasMore } = await jobs.list(limit, request.query.get('after') ?? undefined);
  const value = await Promise.all(ids.map(async (id) => jobs.describe(id, await findRun(client, id))));
  const last = ids.at(-1);
  if (!hasMore || last === undefined) return json({ value });
  const next = new URL(request.url);
  next.searchParams.set('after', last);
  return json({ value, nextLink: next.href });
});

function parseLimit(text: string | null): number {
  const limit = text === null ? DEFAULT_LIMIT : Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MOST_LIMIT) return limit;
  const expected = `a whole number from 1 to ${MOST_LIMIT}`;
  throw new ServingError(
    'invalid-parameter',
    `The query parameter "limit" is not valid: expected ${expected}`,
    {
      violations: [{ pointer: '?limit', expected, received: text ?? '' }],
    },
  );
}

app.http('listJobs', {
  methods: ['GET'],
  route: 'jobs',
  authLevel: AUTH_LEVEL,
  extraInputs: [df.input.durableClient()],
  handler: listJobs,
});
