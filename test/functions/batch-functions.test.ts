import { HttpRequest, type HttpRequestInit, type InvocationContext, type Timer } from '@azure/functions';
import { ResourceFactoryResolver } from '@azure/functions-extensions-base';
import type { HttpReply } from '../../functions/support/http-handler';
import { createAzureBlobStore } from '../../shared/storage/azure-blob-store';
import { CONTAINERS } from '../../shared/storage/blob-store';
import { registeredFunctions } from '../../local/functions-core';
import { flights, JobFixture, toCsv } from '../batch/job-fixture';
import { startTestAzurite, type TestAzurite } from '../support/azurite';
import { startDurableHubServer, type DurableHubServer } from './durable-hub-server';

let fixture: JobFixture;
jest.mock('../../shared/services', () => ({
  services: () => ({ store: fixture.store, jobs: fixture.jobs }),
  storageConnection: () => 'PolyscoreStorage',
}));

process.env['POLYSCORE_INBOX_QUEUE'] = 'inbox-events';
import { cancelJob } from '../../functions/cancel-job';
import { getJob } from '../../functions/get-job';
import { listJobs } from '../../functions/list-jobs';
import '../../functions/plan-job';
import '../../functions/publish-job';
import { runSchedules } from '../../functions/run-schedules';
import '../../functions/score-mini-batch';
import { scoreUpload } from '../../functions/score-upload';
import { scoreUploadEvent } from '../../functions/score-upload-event';
import { submitJob } from '../../functions/submit-job';
import { sweepInbox } from '../../functions/sweep-inbox';

let azurite: TestAzurite;
let hub: DurableHubServer;

beforeAll(async () => {
  azurite = await startTestAzurite();
  fixture = new JobFixture(createAzureBlobStore({ connectionString: azurite.connectionString }));
  await fixture.setUp();
  hub = await startDurableHubServer();
});

afterAll(async () => {
  await hub.close();
  await fixture.close();
  await azurite.stop();
});

function contextOf(triggerMetadata?: Record<string, unknown>) {
  const lines: string[] = [];
  const log = (...parts: unknown[]): void => void lines.push(parts.join(' '));
  const context = {
    invocationId: 'i1',
    triggerMetadata,
    options: { extraInputs: [{ type: 'durableClient', name: 'client' }] },
    extraInputs: { get: () => hub.clientData },
    log,
    warn: log,
    error: log,
  } as unknown as InvocationContext;
  return { context, lines };
}

type Handler = (request: HttpRequest, context: InvocationContext) => Promise<HttpReply>;

async function call(
  handler: Handler,
  path: string,
  params: Record<string, string>,
  init: Partial<HttpRequestInit> = {},
) {
  const request = new HttpRequest({ method: 'GET', url: `http://localhost:7071${path}`, params, ...init });
  const { status, headers, body } = await handler(request, contextOf().context);
  return { status, headers, body: JSON.parse(String(body)) as Record<string, unknown> };
}

function post(body: unknown, endpoint = 'delay') {
  const string = typeof body === 'string' ? body : JSON.stringify(body);
  return call(submitJob, `/endpoints/${endpoint}/jobs`, { endpoint }, { method: 'POST', body: { string } });
}

describe('registration', () => {
  test('the upload trigger leaves the blob where it is, and works over the data account', () => {
    expect(registeredFunctions.get('scoreUpload')?.trigger).toMatchObject({
      type: 'blobTrigger',
      path: 'inbox/{endpoint}/{name}',
      connection: 'PolyscoreStorage',
      sdkBinding: true,
    });
    expect(registeredFunctions.get('scoreUploadEvent')?.trigger).toMatchObject({
      type: 'queueTrigger',
      queueName: 'inbox-events',
    });
  });

  test('a reference to a blob becomes its name, nothing is read', () => {
    const resolver = ResourceFactoryResolver.getInstance();
    const reference = (path: string) => ({
      content: Buffer.from(JSON.stringify({ Connection: 'c', ContainerName: 'inbox', BlobName: path })),
    });
    expect(resolver.createClient('AzureStorageBlobs', reference('delay/a.csv'))).toEqual({
      connection: 'c',
      container: 'inbox',
      path: 'delay/a.csv',
    });
    expect(resolver.createClient('AzureStorageBlobs', [reference('x')])).toEqual([
      { connection: 'c', container: 'inbox', path: 'x' },
    ]);
    expect(resolver.createClient('AzureStorageBlobs', {})).toEqual({
      connection: '',
      container: '',
      path: '',
    });
  });

  test.each(['planJob', 'scoreMiniBatch', 'publishJob'])('%s runs the job service', async (name) => {
    const activity = registeredFunctions.get(name);
    expect(activity?.trigger.type).toBe('activityTrigger');
    await fixture.upload(`delay/activity/${name}.csv`, toCsv(flights(3)));
    const input = { container: CONTAINERS.inbox, path: `delay/activity/${name}.csv` };
    const { job } = await fixture.jobs.submit('delay', { input, settings: {} });
    await fixture.jobs.plan({ jobId: job.id });
    expect(await activity?.handler({ jobId: job.id, index: 0 }, {})).toMatchObject({ ok: true });
  });
});

describe('POST /endpoints/{endpoint}/jobs', () => {
  test('answers 201 with the job and where it is, 200 when it is there already; it is started once', async () => {
    await fixture.upload('delay/post/a.csv', toCsv(flights(10)));
    const first = await post({ input: { path: 'delay/post/a.csv' } });
    const second = await post({ input: { path: 'delay/post/a.csv' } });
    const id = String(first.body['id']);
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(first.headers['location']).toBe(`http://localhost:7071/jobs/${id}`);
    expect(first.body).toMatchObject({ endpoint: 'delay', state: 'Running' });
    expect(hub.starts.filter((started) => started === id)).toHaveLength(1);
    expect(hub.instances.get(id)).toMatchObject({ name: 'scoreJob', input: { jobId: id } });
  });

  test('a job that failed or was canceled starts again', async () => {
    await fixture.upload('delay/post/again.csv', toCsv(flights(11)));
    const { body } = await post({ input: { path: 'delay/post/again.csv' } });
    const instance = hub.instances.get(String(body['id']));
    if (!instance) throw new Error('it was not started');
    instance.runtimeStatus = 'Completed';
    instance.output = {
      state: 'failed',
      tally: { rowsIn: 0, rowsScored: 0, rowsRejected: 0 },
      failure: { code: 'x', detail: 'y' },
      finishedAt: '2001-01-01T00:00:00Z',
    };
    expect((await post({ input: { path: 'delay/post/again.csv' } })).body).toMatchObject({
      state: 'Running',
    });
    expect(hub.starts.filter((started) => started === body['id'])).toHaveLength(2);
  });

  test('a published job whose orchestration is forgotten is not started again', async () => {
    await fixture.upload('delay/post/old.csv', toCsv(flights(12)));
    const input = { container: CONTAINERS.inbox, path: 'delay/post/old.csv' };
    const { job } = await fixture.jobs.submit('delay', { input, settings: {} });
    await fixture.resume(job);
    expect((await post({ input: { path: input.path } })).body).toMatchObject({
      state: 'Completed',
      progress: 1,
    });
    expect(hub.starts).not.toContain(job.id);
  });

  test.each([
    ['a body that is no JSON', '{', 'delay', 400],
    ['a body with problems', { input: {}, colour: 1 }, 'delay', 400],
    ['an unknown endpoint', { input: { path: 'x' } }, 'nobody', 404],
    ['an unknown blob', { input: { path: 'delay/nothing.csv' } }, 'delay', 422],
  ])('%s is refused', async (_, body, endpoint, status) => {
    const answer = await post(body, endpoint);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json');
  });
});

describe('GET /jobs', () => {
  test('lists jobs page by page', async () => {
    const first = await call(listJobs, '/jobs?limit=1', {}, { query: { limit: '1' } });
    expect(first.body['value']).toHaveLength(1);
    const next = new URL(String(first.body['nextLink']));
    const second = await call(listJobs, next.pathname, {}, { query: Object.fromEntries(next.searchParams) });
    expect(second.body['value']).not.toEqual(first.body['value']);
    const all = await call(listJobs, '/jobs', {}, { query: { limit: '100' } });
    expect(all.body['nextLink']).toBeUndefined();
  });

  test.each(['0', '101', 'many'])('limit=%s is refused', async (limit) => {
    expect((await call(listJobs, '/jobs', {}, { query: { limit } })).status).toBe(400);
  });

  test('an unknown job is 404', async () => {
    expect((await call(getJob, '/jobs/x', { job: 'x' })).status).toBe(404);
  });
});

describe('POST /jobs/{job}/cancel', () => {
  test('ends the orchestration; a job that was never started stays as it is', async () => {
    await fixture.upload('delay/cancel/a.csv', toCsv(flights(13)));
    const { body } = await post({ input: { path: 'delay/cancel/a.csv' } });
    const job = String(body['id']);
    expect((await call(cancelJob, `/jobs/${job}/cancel`, { job }, { method: 'POST' })).body).toMatchObject({
      state: 'Canceled',
    });
    const input = { container: CONTAINERS.inbox, path: 'delay/cancel/a.csv' };
    const other = await fixture.jobs.submit('delay', { input, settings: { outputFileName: 'x' } });
    const params = { job: other.job.id };
    expect((await call(cancelJob, '/jobs/x/cancel', params, { method: 'POST' })).body).toMatchObject({
      state: 'NotStarted',
    });
  });
});

describe('uploads', () => {
  test('ten events at once for one upload start one job', async () => {
    await fixture.upload('delay/up/a.csv', toCsv(flights(14)));
    const before = hub.starts.length;
    const event = {
      eventType: 'Microsoft.Storage.BlobCreated',
      subject: '/blobServices/default/containers/inbox/blobs/delay/up/a.csv',
    };
    await Promise.all([
      ...Array.from({ length: 5 }, () =>
        scoreUpload({}, contextOf({ blobTrigger: 'inbox/delay/up/a.csv' }).context),
      ),
      ...Array.from({ length: 5 }, () => scoreUploadEvent(event, contextOf().context)),
    ]);
    expect(new Set(hub.starts.slice(before)).size).toBe(1);
    expect(hub.starts.slice(before)).toHaveLength(1);
  });

  test('an upload for an unknown endpoint is logged and does not fail the function', async () => {
    await fixture.upload('nobody/a.csv', toCsv(flights(5)));
    const polled = contextOf({ blobTrigger: 'inbox/nobody/a.csv' });
    await scoreUpload({}, polled.context);
    expect(polled.lines).toEqual([expect.stringContaining('upload nobody/a.csv: endpoint-not-found')]);
    await fixture.upload('nobody/b.csv', toCsv(flights(5)));
    const told = contextOf();
    const subject = '/blobServices/default/containers/inbox/blobs/nobody/b.csv';
    await scoreUploadEvent({ type: 'Microsoft.Storage.BlobCreated', subject }, told.context);
    expect(told.lines).toEqual([expect.stringContaining('endpoint-not-found')]);
  });

  test('an event of another container is passed over; a trigger without a path is a bug', async () => {
    const before = hub.starts.length;
    await scoreUploadEvent({ type: 'Microsoft.Storage.BlobDeleted', subject: 'x' }, contextOf().context);
    await expect(scoreUpload({}, contextOf().context)).rejects.toThrow('told no path');
    expect(hub.starts).toHaveLength(before);
  });
});

describe('timers', () => {
  const timer = {} as Timer;

  test('the sweep leaves young uploads alone', async () => {
    await fixture.upload('delay/young/a.csv', toCsv(flights(15)));
    const { context, lines } = contextOf();
    await sweepInbox(timer, context);
    expect(lines).toEqual([]);
  });

  test('a broken schedule is logged once', async () => {
    await fixture.store.put(
      { container: CONTAINERS.config, path: 'schedules/broken.json' },
      Buffer.from('{'),
    );
    const first = contextOf();
    await runSchedules(timer, first.context);
    expect(first.lines).toEqual([expect.stringContaining('schedule broken due')]);
    const second = contextOf();
    await runSchedules(timer, second.context);
    expect(second.lines).toEqual([]);
  });
});
