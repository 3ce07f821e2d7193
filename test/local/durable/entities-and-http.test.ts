import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import * as df from 'durable-functions';
import { EventType } from '../../../local/durable/history-event';
import { callHttp } from '../../../local/durable/http-activity';
import { closeHubs, openHub, until, resultOf } from './hub-harness';

const account = new df.EntityId('Account', 'a b');

df.app.entity('Account', (context) => {
  const balance = Number(context.df.getState(() => 0));
  switch (context.df.operationName ?? '') {
    case 'add':
      context.df.setState(balance + Number(context.df.getInput()));
      return;
    case 'get':
      context.df.return(balance);
      return;
    case 'pass':
      context.df.signalEntity(new df.EntityId('account', 'other'), 'add', balance);
      return;
    case 'close':
      context.df.destructOnExit();
      return;
    default:
      throw new Error(`No operation ${context.df.operationName ?? ''}`);
  }
});
df.app.orchestration('pays', function* (context) {
  context.df.signalEntity(account, 'add', 5);
  yield context.df.callEntity(account, 'add', 7);
  const balance = yield* resultOf<number>(context.df.callEntity(account, 'get'));
  yield context.df.callEntity(account, 'pass');
  return balance;
});
df.app.orchestration('overdraws', function* (context) {
  try {
    yield context.df.callEntity(account, 'burn', { all: true });
    return 'burnt';
  } catch (error) {
    return error instanceof Error ? error.message : error;
  }
});
df.app.orchestration('asksNobody', function* (context) {
  try {
    yield context.df.callEntity(new df.EntityId('nobody', 'x'), 'get');
    return 'answered';
  } catch (error) {
    return error instanceof Error ? error.message : error;
  }
});
df.app.orchestration('polls', function* (context) {
  const { url } = context.df.getInput<{ url: string }>();
  const call = context.df.callHttp({ method: 'POST', url, body: { a: 1 } });
  const response = yield* resultOf<{ statusCode: number; content?: string }>(call);
  const activity = yield* resultOf<number>(context.df.callActivity('after', {}));
  return { status: response.statusCode, content: response.content, activity };
});
df.app.activity('after', { handler: () => 1 });

const requests: string[] = [];
let polls = 0;
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      requests.push(`${request.method ?? ''} ${request.url ?? ''} ${body}`);
      if (request.url === '/work') response.writeHead(202, { location: '/work/1', 'retry-after': '0' }).end();
      else if (polls++ === 0) response.writeHead(202, { location: '/work/2', 'Retry-After': '0' }).end();
      else response.writeHead(200, { 'content-type': 'text/plain' }).end('ready');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/work`;
});
afterAll(() => server.close());
afterEach(closeHubs);

describe('entities of a TaskHub', () => {
  test('run operations one after the other, signals included, and answer their callers', async () => {
    const hub = openHub();
    const id = await hub.start('pays', {});
    expect((await hub.waitFor(id)).output).toBe(12);
    await until(() => hub.entityState({ name: 'account', key: 'other' }) === '12');
    const sent = (await hub.history(id)).filter((event) => event.EventType === EventType.EventSent);
    expect(sent.map((event) => event.EventId)).toEqual([0, 1, 2, 3]);
  });

  test('keep their state over a restart', async () => {
    const hub = openHub();
    await hub.signalEntity({ name: 'ACCOUNT', key: 'k' }, 'add', 3);
    await until(() => hub.entityState({ name: 'account', key: 'k' }) === '3');
    await hub.close();
    const again = openHub({ folder: hub.options.folder });
    expect(again.entityState({ name: 'account', key: 'k' })).toBe('3');
    await again.signalEntity({ name: 'account', key: 'k' }, 'close');
    await until(() => again.entityState({ name: 'account', key: 'k' }) === undefined);
  });

  test('fail the call of an operation that throws, and of an entity that does not exist', async () => {
    const hub = openHub();
    const thrown = await hub.waitFor(await hub.start('overdraws', {}));
    expect(thrown.output).toMatch(/Operation 'burn' of entity '@account@a b' failed/);
    const unknown = await hub.waitFor(await hub.start('asksNobody', {}));
    expect(unknown.output).toMatch(/The entity function 'nobody' doesn't exist/);
  });
});

describe('callHttp', () => {
  test('polls an answer of 202 until it is done; what follows has the number that the SDK gave it', async () => {
    const hub = openHub();
    const id = await hub.start('polls', { url });
    expect((await hub.waitFor(id)).output).toEqual({ status: 200, content: 'ready', activity: 1 });
    expect(requests).toEqual(['POST /work {"a":1}', 'GET /work/1 ', 'GET /work/2 ']);
    const scheduled = (await hub.history(id)).filter((event) => event.EventId >= 0);
    expect(scheduled.map((event) => event.EventId)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  test('rejects when nobody answers', async () => {
    await expect(callHttp({ method: 'GET', uri: 'http://127.0.0.1:1/' })).rejects.toThrow();
  });
});
