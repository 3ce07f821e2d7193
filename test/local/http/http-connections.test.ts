import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { app } from '@azure/functions';
import { type HttpHost, startHttpHost } from '../support/http-host';
import { sendRaw } from '../support/raw-http';
import { until } from '../support/until';

/** A handler that waits until the test lets it go. */
function gate(): { wait: Promise<void>; open: () => void; entered: Promise<void>; enter: () => void } {
  let open = (): void => undefined;
  let enter = (): void => undefined;
  const wait = new Promise<void>((resolve) => (open = resolve));
  const entered = new Promise<void>((resolve) => (enter = resolve));
  return { wait, open, entered, enter };
}

let current = gate();
let streamCancelled = gate();

beforeAll(() => {
  app.http('size', {
    route: 'size',
    methods: ['POST'],
    handler: async (call) => ({ jsonBody: (await call.arrayBuffer()).byteLength }),
  });
  app.http('ignoresBody', { route: 'ignored', methods: ['POST'], handler: () => ({ body: 'done' }) });
  app.http('swallows', {
    route: 'swallows',
    methods: ['POST'],
    handler: async (call) => ({ body: await call.text().catch((error: unknown) => (error as Error).name) }),
  });
  app.http('readsLate', {
    route: 'late',
    methods: ['POST'],
    handler: async (call) => {
      current.enter();
      await current.wait;
      return { body: await call.text() };
    },
  });
  app.http('streams', {
    route: 'streamed-size',
    methods: ['POST'],
    handler: async (call) => {
      let size = 0;
      for await (const chunk of call.body ?? []) size += (chunk as Uint8Array).length;
      return { jsonBody: size };
    },
  });
  app.http('waits', {
    route: 'waits',
    methods: ['GET'],
    handler: async () => {
      current.enter();
      await current.wait;
      return { body: 'waited' };
    },
  });
  app.http('endless', {
    route: 'endless',
    methods: ['GET'],
    handler: () => ({
      body: new ReadableStream({
        pull: (controller) => {
          controller.enqueue(Buffer.alloc(64 * 1024));
        },
        cancel: () => {
          streamCancelled.open();
        },
      }),
    }),
  });
  app.http('breaks', {
    route: 'breaks',
    methods: ['GET'],
    handler: () => ({
      body: new ReadableStream({
        start: (controller) => {
          controller.enqueue(Buffer.from('first'));
        },
        pull: async (controller) => {
          await current.wait;
          controller.error(new Error('source broke'));
        },
      }),
    }),
  });
  app.http('ok', { route: 'ok', methods: ['GET'], handler: () => ({ body: 'ok' }) });
});

beforeEach(() => {
  current = gate();
  streamCancelled = gate();
});

describe.each(['light', 'library'] as const)('connections, the %s way', (mode) => {
  let host: HttpHost;
  beforeAll(async () => {
    host = await startHttpHost({
      mode,
      bodyLimitBytes: 100_000,
      headersTimeoutMs: 300,
      requestTimeoutMs: 600,
    });
  });
  afterAll(() => host.stop());

  const post = (path: string, body: NonNullable<RequestInit['body']>): Promise<Response> =>
    fetch(`${host.url}${path}`, { method: 'POST', body, duplex: 'half' });
  const chunked = (chunks: number): ReadableStream<Uint8Array> =>
    ReadableStream.from(
      (async function* () {
        for (let index = 0; index < chunks; index++) yield await Promise.resolve(Buffer.alloc(10_000));
      })(),
    );

  test('a body at the limit is taken, one byte more is answered 413', async () => {
    expect(await (await post('/size', Buffer.alloc(100_000))).json()).toBe(100_000);
    expect((await post('/size', Buffer.alloc(100_001))).status).toBe(413);
    expect((await post('/ignored', Buffer.alloc(100_001))).status).toBe(413);
  });

  test('a chunked body over the limit is answered 413 however the handler reads it', async () => {
    expect(await (await post('/size', chunked(10))).json()).toBe(100_000);
    expect((await post('/size', chunked(11))).status).toBe(413);
    expect((await post('/streamed-size', chunked(11))).status).toBe(413);
    expect((await post('/swallows', chunked(11))).status).toBe(413);
  });

  test('a body that the handler leaves unread does not harm the next request of the connection', async () => {
    const one = 'POST /ignored HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nabcde';
    const last = 'GET /ok HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n';
    const received = await sendRaw(host.port, one + last);
    expect(received.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
    expect(received).toMatch(/done[^]*ok$/);
  });

  test.each([
    ['a line that is not HTTP', 'nonsense\r\n\r\n', '400'],
    ['a request without host', 'GET /ok HTTP/1.1\r\n\r\n', '400'],
    ['a host that is none', 'GET /ok HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n', '400'],
    ['a target that is no URL', 'GET http://[ HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n', '400'],
    ['headers over 32 KiB', `GET /ok HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`, '431'],
    ['a target in absolute form', 'GET http://a/ok HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n', '200'],
  ])('%s', async (_what, text, status) => {
    expect(await sendRaw(host.port, text)).toMatch(new RegExp(`^HTTP/1\\.1 ${status}`));
  });

  test('a client too slow with its headers is answered 408', async () => {
    expect(await sendRaw(host.port, 'GET /ok HTTP/1.1\r\nhost:')).toMatch(/^HTTP\/1\.1 408/);
  });

  test('a client too slow with its body is answered 408', async () => {
    const received = await sendRaw(
      host.port,
      'POST /size HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nab',
    );
    expect(received).toMatch(/^HTTP\/1\.1 408/);
  });

  test('a client that leaves during its body is no error of the function', async () => {
    const before = host.lines.length;
    await sendRaw(host.port, 'POST /size HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nab', (socket) => {
      setImmediate(() => socket.destroy());
    });
    await until(() => host.lines.slice(before).some((line) => line.includes('the client went away')));
    expect(host.lines.slice(before).filter((line) => line.includes(' error '))).toEqual([]);
  });

  test('connections are kept alive', async () => {
    const received = await sendRaw(
      host.port,
      'GET /ok HTTP/1.1\r\nhost: a\r\n\r\nGET /ok HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n',
    );
    expect(received.match(/200 OK/g)).toHaveLength(2);
  });
});

describe('streaming answers, the light way', () => {
  let host: HttpHost;
  beforeAll(async () => {
    host = await startHttpHost({ mode: 'light' });
  });
  afterAll(() => host.stop());

  test('a client that goes away ends the source of a streaming body', async () => {
    const call = request(`${host.url}/endless`).end();
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    await once(response, 'data');
    response.destroy();
    await streamCancelled.wait;
  });

  test('a streaming body that breaks cuts the connection', async () => {
    const response = await fetch(`${host.url}/breaks`);
    current.open();
    await expect(response.text()).rejects.toThrow();
    await until(() => host.lines.some((line) => line.includes('breaks failed: Error: source broke')));
  });
});

describe('a client that has gone', () => {
  test('before the handler reads the body fails that reading', async () => {
    const host = await startHttpHost({ mode: 'light' });
    await sendRaw(host.port, 'POST /late HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nab', (socket) => {
      void current.entered.then(() => socket.destroy());
    });
    await host.stop(0); // the server, too, has seen the connection end
    current.open();
    await until(() => host.lines.some((line) => line.includes('readsLate: the client went away')));
  });
});

describe('throttling by host.json', () => {
  test('a request beyond the outstanding ones is answered 429 until one has ended', async () => {
    const host = await startHttpHost({ mode: 'light', concurrent: 1, outstanding: 1 });
    const first = fetch(`${host.url}/waits`);
    await current.entered;
    expect((await fetch(`${host.url}/ok`)).status).toBe(429);
    current.open();
    expect(await (await first).text()).toBe('waited');
    expect((await fetch(`${host.url}/ok`)).status).toBe(200);
    await host.stop();
  });
});

describe('stopping', () => {
  test('a running request ends, new ones are refused', async () => {
    const host = await startHttpHost({ mode: 'light' });
    const running = fetch(`${host.url}/waits`);
    await current.entered;
    const stopped = host.stop(5_000);
    await expect(fetch(`${host.url}/ok`)).rejects.toThrow();
    current.open();
    expect(await (await running).text()).toBe('waited');
    await stopped;
  });

  test('a request that outlasts the grace time is cut', async () => {
    const host = await startHttpHost({ mode: 'light' });
    const running: ClientRequest = request(`${host.url}/waits`).end();
    const cut = once(running, 'error');
    running.on('error', () => undefined);
    await current.entered;
    await Promise.all([host.stop(50), host.stop(50)]);
    await cut;
    current.open();
  });
});
