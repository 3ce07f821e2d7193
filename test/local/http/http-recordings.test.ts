import { type IncomingMessage } from 'node:http';
import { app } from '@azure/functions';
import { createLibraryCall } from '../../../local/http/library-call';
import { RequestBody } from '../../../local/http/request-body';
import { type InvocationRequest } from '../../../local/invocation';
import { type HttpHost, startHttpHost } from '../support/http-host';
import { type RecordedInvocation, recordings } from '../support/recordings';

interface Recorded {
  readonly method: string;
  readonly url: string;
  readonly body?: { readonly bytes: { readonly $bytes: string } };
  readonly nullableHeaders: Readonly<Record<string, { readonly value: string }>>;
  readonly nullableParams?: Readonly<Record<string, unknown>>;
  readonly nullableQuery?: Readonly<Record<string, unknown>>;
}

/** The handlers of the recorded app (fixtures/functions-host/apps/app) whose answers need no durable client. */
beforeAll(() => {
  app.http('hello', {
    methods: ['GET', 'POST'],
    route: 'hello/{name?}',
    handler: async (request, context) => {
      const body = request.method === 'POST' ? await request.text() : null;
      const { triggerMetadata, invocationId } = context;
      const jsonBody = {
        name: request.params['name'] ?? 'world',
        q: request.query.get('q'),
        body,
        triggerMetadata,
        invocationId,
      };
      return { status: 200, jsonBody, headers: { 'x-lab': '1' } };
    },
  });
  app.http('boom', {
    route: 'boom',
    methods: ['GET'],
    handler: () => {
      throw new Error('boom!');
    },
  });
  app.http('bin', {
    route: 'bin',
    methods: ['POST'],
    handler: async (request) => {
      const body = Buffer.from(await request.arrayBuffer());
      const headers = { 'content-type': 'application/octet-stream', 'x-len': String(body.length) };
      return { status: 201, body, headers, cookies: [{ name: 'c', value: 'v' }] };
    },
  });
  app.http('empty', { route: 'empty', methods: ['GET'], handler: () => undefined as never });
});

const recorded = recordings('invocations-rpc-http.json') ?? {};
const exchanges = ['hello', 'boom', 'bin', 'empty'].flatMap((name) =>
  (recorded[name] ?? []).map((exchange, index): [string, RecordedInvocation] => [
    `${name} ${index}`,
    exchange,
  ]),
);

/** Declares a test per recorded exchange; one that is skipped where there are none. */
function testEach(title: string, check: (exchange: RecordedInvocation) => Promise<void>): void {
  if (exchanges.length === 0) test.skip(`${title} (no recordings here)`, () => undefined);
  for (const [name, exchange] of exchanges) test(`${name} ${title}`, () => check(exchange));
}

const requestOf = ({ request }: RecordedInvocation): Recorded =>
  request.inputData[0]?.data.http as unknown as Recorded;
const bytesOf = ({ body }: Recorded): Buffer | undefined =>
  body ? Buffer.from(body.bytes.$bytes, 'base64') : undefined;
const withoutId = (text: string): string => text.replace(/"invocationId":"[^"]*"/, '');

describe.each(['light', 'library'] as const)(
  'recorded HTTP exchanges of the real host, the %s way',
  (mode) => {
    let host: HttpHost;
    beforeAll(async () => {
      host = await startHttpHost({ mode, routePrefix: 'api' });
    });
    afterAll(() => host.stop());

    testEach('is answered alike', async (exchange) => {
      const sent = requestOf(exchange);
      const { pathname, search } = new URL(sent.url);
      const headers = Object.entries(sent.nullableHeaders)
        .filter(([name]) => !['host', 'content-length'].includes(name))
        .map(([name, { value }]): [string, string] => [name, value]);
      const response = await fetch(`${host.url}${pathname}${search}`, {
        method: sent.method,
        headers,
        body: bytesOf(sent) ?? null,
      });
      const text = Buffer.from(await response.arrayBuffer()).toString('latin1');
      const { result, returnValue } = exchange.response;
      if (result.status === 'Failure') {
        expect([response.status, text]).toEqual([500, '']);
        return;
      }
      if (!returnValue) {
        expect([response.status, text]).toEqual([204, '']);
        return;
      }
      const http = returnValue.http as unknown as {
        statusCode: string;
        headers: Record<string, string>;
        body: { bytes: { $bytes: string } };
      };
      expect(response.status).toBe(Number(http.statusCode));
      expect(withoutId(text)).toBe(
        withoutId(Buffer.from(http.body.bytes.$bytes, 'base64').toString('latin1')),
      );
      for (const [name, value] of Object.entries(http.headers))
        expect(response.headers.get(name)).toBe(value);
    });
  },
);

describe('createLibraryCall', () => {
  testEach('reaches the library as the real host sent it', async (exchange) => {
    const { identities, ...expected } = exchange.request.inputData[0]?.data.http as Record<string, unknown>;
    expect(identities).toBeDefined(); // the library does not read them
    const sent = requestOf(exchange);
    const { pathname, search, host } = new URL(sent.url);
    const rawHeaders = Object.entries(sent.nullableHeaders).flatMap(([name, { value }]) => [name, value]);
    const message = {
      method: sent.method,
      url: `${pathname}${search}`,
      headers: { host },
      rawHeaders,
    } as unknown as IncomingMessage;
    const bytes = bytesOf(sent);
    const stream = bytes && (new Blob([bytes]).stream() as ConstructorParameters<typeof RequestBody>[0]);
    let got: InvocationRequest | undefined;
    const call = createLibraryCall((request) => {
      got = request;
      return Promise.resolve({});
    });
    const values = Object.fromEntries(
      Object.entries(sent.nullableParams ?? {}).map(([name, param]) => [
        name,
        (param as { value: string }).value,
      ]),
    );
    await call(message, values, new RequestBody(stream, 1_000));
    expect(plain(got?.data.http)).toEqual(plain({ nullableParams: {}, ...expected }));
  });
});

/** Bytes as base64, and without protobuf's oneof labels (`string: 'value'`, `data: 'bytes'`). */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') };
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(
    ([key, label]) => !(key === 'string' && label === 'value') && key !== 'data',
  );
  return Object.fromEntries(entries.map(([key, member]): [string, unknown] => [key, plain(member)]));
}
