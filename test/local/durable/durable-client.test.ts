import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import { durableClientBinding, type HubAddress } from '../../../local/durable/client-addresses';
import { answerClientHttp, isClientHttpPath } from '../../../local/durable/client-http-api';
import { EventType } from '../../../local/durable/history-event';
import { type TaskHub } from '../../../local/durable/task-hub';
import { describeRecordings, recording } from './fixture-apps';
import { closeHubs, openHub, resultOf } from './hub-harness';

let failures = 1;
df.app.activity('brittle', {
  handler: (input: { n: number }) => {
    if (failures-- > 0) throw new Error('broken');
    return input.n;
  },
});
df.app.activity('steady', { handler: () => 'ok' });
df.app.orchestration('brittleChild', function* (context) {
  const n = yield* resultOf<number>(context.df.callActivity('brittle', { n: 2 }));
  return n;
});
df.app.orchestration('brittleJob', function* (context) {
  const steady = yield* resultOf<string>(context.df.callActivity('steady', {}));
  const n = yield* resultOf<number>(
    context.df.callSubOrchestrator('brittleChild', {}, `${context.df.instanceId}-child`),
  );
  return { steady, n };
});
df.app.orchestration('retriedJob', function* (context) {
  yield context.df.callActivityWithRetry('brittle', new df.RetryOptions(1, 1), { n: 1 });
});
df.app.orchestration('echoes', function* (context) {
  const event = yield* resultOf<unknown>(context.df.waitForExternalEvent('say'));
  return { input: context.df.getInput(), event };
});
df.app.entity('tally', (context) => {
  context.df.setState(Number(context.df.getState(() => 0)) + 1);
});

let hub: TaskHub;
let server: Server;
let address: HubAddress;
let client: df.DurableClient;

beforeEach(async () => {
  hub = openHub();
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const url = new URL(request.url ?? '', address.baseUrl);
      const headers = { 'x-ms-continuation-token': String(request.headers['x-ms-continuation-token'] ?? '') };
      void answerClientHttp(
        hub,
        address,
        request.method ?? '',
        url.pathname,
        url.searchParams,
        body,
        headers,
      ).then((answer) => response.writeHead(answer.status, answer.headers).end(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, hubName: 'TestHub' };
  const input = df.input.durableClient();
  const context = new InvocationContext({ options: { extraInputs: [input] } });
  context.extraInputs.set(input, JSON.parse(durableClientBinding(address)));
  client = df.getClient(context);
});
afterEach(async () => {
  await closeHubs();
  await new Promise((resolve) => server.close(resolve));
});

describe('the durable client of the SDK', () => {
  test.each(['plain', 'job:2026-11-21T01:32:43Z', '100%25 sure', 'run:1:lane:2'])(
    'starts, reads, feeds and purges the instance %j',
    async (instanceId) => {
      const expected = decodeURIComponent(instanceId);
      expect(await client.startNew('echoes', { instanceId, input: { n: 1 } })).toBe(expected);
      await client.raiseEvent(instanceId, 'say', 'hi');
      await hub.waitFor(expected);
      const status = await client.getStatus(instanceId, { showHistory: true, showHistoryOutput: true });
      expect(status).toMatchObject({ runtimeStatus: 'Completed', output: { input: { n: 1 }, event: 'hi' } });
      expect(await client.purgeInstanceHistory(instanceId)).toEqual({ instancesDeleted: 1 });
      expect(hub.list().statuses).toEqual([]);
    },
  );

  test('starts without an id under one of its own, and lists page by page', async () => {
    const ids = [await client.startNew('echoes'), await client.startNew('echoes')].sort();
    expect(ids.every((id) => /^[0-9a-f]{32}$/.test(id))).toBe(true);
    const all = await client.getStatusAll();
    expect(all.map((status) => status.instanceId)).toEqual(ids);
    expect(hub.status(ids[0] ?? '')?.input).toBe('');
    const path = '/durabletask/instances/';
    const first = await answerClientHttp(hub, address, 'GET', path, new URLSearchParams({ top: '1' }));
    const rest = await answerClientHttp(
      hub,
      address,
      'GET',
      path,
      new URLSearchParams({ top: '1' }),
      '',
      first.headers,
    );
    expect(
      [first, rest].map((page) => (JSON.parse(page.body) as { instanceId: string }[])[0]?.instanceId),
    ).toEqual(ids);
    expect(rest.headers['x-ms-continuation-token']).toBeUndefined();
  });

  test('is told about unknown functions, ids that are taken, unknown instances and missing event data', async () => {
    await expect(client.startNew('nobody')).rejects.toThrow("The function 'nobody' doesn't exist");
    await client.startNew('echoes', { instanceId: 'one' });
    await expect(client.startNew('echoes', { instanceId: 'one' })).rejects.toThrow('already exists');
    await expect(client.raiseEvent('nobody', 'say', 1)).rejects.toThrow("No instance with ID 'nobody' found");
    await expect(client.raiseEvent('one', 'say', undefined)).rejects.toThrow('400');
    await expect(client.rewind('one', 'why')).rejects.toThrow('only supported on failed');
    const malformed = await answerClientHttp(
      hub,
      address,
      'POST',
      '/durabletask/orchestrators/echoes',
      new URLSearchParams(),
      '{',
    );
    expect(malformed.status).toBe(400);
  });

  test('suspends, resumes, terminates and restarts', async () => {
    await client.startNew('echoes', { instanceId: 'one', input: 7 });
    await client.suspend('one', 'a');
    await client.resume('one', 'b');
    await client.terminate('one', 'c');
    expect(await hub.waitFor('one')).toMatchObject({ runtimeStatus: 'Terminated', output: 'c' });
    const path = '/runtime/webhooks/durabletask/instances/one/restart';
    const query = new URLSearchParams({ restartWithNewInstanceId: 'false' });
    expect((await answerClientHttp(hub, address, 'POST', path, query)).status).toBe(202);
    expect(hub.status('one')).toMatchObject({ name: 'echoes', input: 7 });
    const renamed = await answerClientHttp(hub, address, 'POST', path, new URLSearchParams());
    expect((JSON.parse(renamed.body) as { id: string }).id).not.toBe('one');
    await client.terminate('one', 'd');
    await hub.waitFor('one');
    await expect(client.rewind('one', 'e')).rejects.toThrow('410');
  });

  test('rewinds a failed job: only what failed runs again, in the sub-orchestration too', async () => {
    failures = 1;
    await client.startNew('brittleJob', { instanceId: 'job', input: {} });
    expect((await hub.waitFor('job')).runtimeStatus).toBe('Failed');
    await hub.close();
    const compacting = { folder: hub.options.folder, compactionBytes: 1 };
    // The history comes from the archive now.
    hub = openHub(compacting);
    await hub.waitFor(await hub.start('brittleChild', {}));
    await hub.close();
    hub = openHub(compacting);
    await client.rewind('job', 'mended');
    expect(await hub.waitFor('job')).toMatchObject({
      runtimeStatus: 'Completed',
      output: { steady: 'ok', n: 2 },
    });
    const generic = (await hub.history('job')).filter((event) => event.EventType === EventType.GenericEvent);
    expect(generic.map((event) => event.EventId)).toEqual([-1, 2, -1]);
    await expect(client.rewind('nobody', 'x')).rejects.toThrow('No instance');
  });

  test('is told that a job with failed retries cannot be rewound', async () => {
    failures = 1;
    await client.startNew('retriedJob', { instanceId: 'job', input: {} });
    expect((await hub.waitFor('job')).runtimeStatus).toBe('Failed');
    await expect(client.rewind('job', 'x')).rejects.toThrow();
    expect(hub.status('job')?.runtimeStatus).toBe('Failed');
  });

  test('signals entities and reads their state', async () => {
    const id = new df.EntityId('tally', 'a:b');
    expect(await client.readEntityState(id)).toMatchObject({ entityExists: false });
    await client.signalEntity(id, 'count');
    await client.signalEntity(id, 'count', { n: 1 });
    let state = await client.readEntityState(id);
    while (state.entityState !== 2) state = await client.readEntityState(id);
    expect(state.entityExists).toBe(true);
  });

  test('finds nothing under paths that are not its own', async () => {
    const none = new URLSearchParams();
    for (const [method, path] of [
      ['GET', '/durabletask/nothing'],
      ['PUT', '/durabletask/instances/'],
      ['PUT', '/durabletask/instances/x'],
      ['PUT', '/durabletask/instances/x/terminate'],
      ['POST', '/durabletask/instances/x/dance'],
      ['POST', '/durabletask/instances/x/restart'],
      ['POST', '/durabletask/instances/x/terminate/y'],
      ['POST', '/durabletask/instances/x/raiseEvent/y/z'],
      ['PUT', '/durabletask/entities/a/b'],
      ['GET', '/elsewhere'],
    ] as const) {
      expect((await answerClientHttp(hub, address, method, path, none)).status).toBe(404);
    }
    expect(isClientHttpPath('/elsewhere')).toBe(false);
    const lonePercent = await answerClientHttp(hub, address, 'GET', '/durabletask/instances/100%', none);
    expect(lonePercent.status).toBe(404);
  });
});

describeRecordings('durableClientBinding', () => {
  test("equals the recorded binding value but for the host's own addresses", () => {
    const recorded = recording('invocations-rpc-http.json') as Record<
      string,
      { request: { inputData: { name: string; data: { string?: string } }[] } }[]
    >;
    const inputs = Object.values(recorded)
      .flat()
      .flatMap(({ request }) => request.inputData);
    const text = inputs.find(({ name }) => name.startsWith('durableClient'))?.data.string ?? '';
    const origin = 'https://127.0.0.1:7171';
    const composed = durableClientBinding({
      baseUrl: origin,
      hubName: 'TestHubName',
      systemKey: 'SYSTEMKEY',
    });
    const rpc = 'http://127.0.0.1:17071/durabletask/';
    expect(JSON.parse(composed)).toEqual({
      ...(JSON.parse(text) as object),
      rpcBaseUrl: `${origin}/durabletask/`,
    });
    expect(text).toContain(rpc);
  });
});
