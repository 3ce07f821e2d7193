import { app, HttpResponse, type HttpRequest, type HttpResponseInit } from '@azure/functions';
import { registeredFunctions, registeredHooks } from '../../../local/functions-core';
import { type HttpHost, startHttpHost } from '../support/http-host';

const results: Record<string, () => unknown> = {
  text: () => ({ body: 'text' }),
  json: () => ({ jsonBody: { a: 1 } }),
  jsonNull: () => ({ jsonBody: null }),
  bytes: () => ({ body: Buffer.from([1, 2, 3]) }),
  floats: () => ({ body: new Float32Array([1]) }),
  buffer: () => ({ body: new Uint8Array([7, 8]).buffer }),
  noContent: () => ({ status: 204, body: 'dropped' }),
  own404: () => ({ status: 404, jsonBody: { e: 1 } }),
  response: () => new HttpResponse({ status: 202, body: 'cls', headers: { 'X-A': 'b' } }),
  empty: () => ({}),
  nothing: () => undefined,
  nil: () => null,
  problem: () => ({ jsonBody: [1], headers: { 'Content-Type': 'application/problem+json' } }),
  headers: () => ({ body: 'x', headers: { 'Retry-After': '5', ETag: '"1"', 'Cache-Control': 'no-store' } }),
  headerList: () => ({
    body: 'x',
    headers: [
      ['X-A', '1'],
      ['x-a', '2'],
    ],
  }),
  headerObject: () => ({ body: 'x', headers: new Headers({ 'X-B': ' 3 ' }) }),
  object: () => ({ body: { a: 1 } }),
  form: () => ({ body: new URLSearchParams({ a: '1 2' }) }),
  blob: () => ({ body: new Blob(['in a blob'], { type: 'text/csv' }) }),
  stream: () => ({ body: new Blob(['streamed']).stream() }),
  iterable: () => ({ body: chunks('one ', 'two') }),
  own500: () => ({ status: 500, body: 'mine' }),
  wrongLength: () => ({ body: 'four', headers: { 'content-length': '2', connection: 'close' } }),
  cookies: () => ({
    cookies: [
      { name: 'a', value: '1 2', httpOnly: true, sameSite: 'Strict', path: '/x', secure: true },
      { name: 'b', value: '2', maxAge: 5, domain: 'example.org', expires: new Date(1_000) },
      { name: 'c', value: '3', expires: new Date(0) },
    ],
  }),
};
const failures: Record<string, () => unknown> = {
  string: () => 'just a string',
  number: () => 5,
  badStatus: () => ({ status: 1000 }),
  badHeader: () => ({ headers: { 'x-a': 'a\nb' } }),
  bigint: () => ({ jsonBody: 1n }),
  throws: () => {
    throw new Error('boom!');
  },
};

async function* chunks(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Promise.resolve(Buffer.from(text));
}

const answer = (kind = ''): HttpResponseInit => ({ ...results, ...failures })[kind]?.() as HttpResponseInit;
const readBody: Record<string, (request: HttpRequest) => Promise<unknown>> = {
  text: (request) => request.text(),
  json: (request) => request.json(),
  bytes: async (request) => (await request.arrayBuffer()).byteLength,
  blob: async (request) => {
    const blob = await request.blob();
    return [blob.type, await blob.text()];
  },
  form: async (request) => [...(await request.formData()).entries()],
  stream: async (request) => {
    let size = 0;
    for await (const chunk of request.body ?? []) size += (chunk as Uint8Array).length;
    return [size, request.bodyUsed];
  },
  clone: async (request) => {
    const copy = request.clone();
    return [await copy.text(), await request.text(), copy.method, copy.url === request.url];
  },
  twice: async (request) => {
    const first = await request.text();
    const second = await request.text().catch((error: unknown) => (error as Error).constructor.name);
    return [first, second, request.bodyUsed];
  },
};

beforeAll(() => {
  app.http('result', {
    route: 'res/{kind}',
    methods: ['GET', 'HEAD'],
    handler: ({ params }) => answer(params['kind']),
  });
  app.http('echo', {
    route: 'echo/{a:alpha}/{n:int?}',
    methods: ['GET', 'POST', 'DELETE'],
    handler: async (request) => ({
      jsonBody: {
        method: request.method,
        url: request.url,
        params: request.params,
        query: [...request.query.entries()],
        headers: Object.fromEntries(request.headers),
        user: request.user,
        body: await request.text(),
        hasBody: request.body !== null,
      },
    }),
  });
  app.http('body', {
    route: 'body/{how}',
    methods: ['POST'],
    handler: async (request) => ({
      jsonBody: (await readBody[request.params['how'] ?? '']?.(request)) ?? null,
    }),
  });
  app.http('headers', {
    route: 'headers',
    handler: ({ headers }) => {
      const seen: string[] = [];
      headers.forEach((value, name) => seen.push(`${name}=${value}`));
      const before = [
        headers.get('X-Two'),
        headers.has('x-none'),
        [...headers.keys()].length === [...headers.values()].length,
      ];
      headers.set('x-new', '1');
      headers.append('x-new', '2');
      headers.delete('x-two');
      return {
        jsonBody: [
          before,
          seen.includes('x-two=1, 2'),
          headers.get('x-new'),
          headers.has('x-two'),
          headers.getSetCookie(),
        ],
      };
    },
  });
  app.http('wild', {
    route: 'files/{*path}',
    methods: ['GET'],
    handler: ({ params }) => ({ jsonBody: params }),
  });
  app.http('alpha', {
    route: 'models/{name}',
    methods: ['GET'],
    handler: ({ params }) => ({ body: `param ${params['name'] ?? ''}` }),
  });
  app.http('beta', { route: 'models/special', methods: ['GET'], handler: () => ({ body: 'literal' }) });
  app.http('default', { handler: (_request, context) => ({ body: `default ${context.functionName}` }) });
  app.http('predict', {
    route: 'v1/models/{model}:predict',
    methods: ['POST'],
    handler: ({ params }) => ({ jsonBody: params }),
  });
  app.http('root', { route: '{ignored:maxlength(0)?}', methods: ['GET'], handler: () => ({ body: 'home' }) });
  app.http('listModels', { route: 'models', methods: ['GET'], handler: () => ({ body: 'list' }) });
  app.http('createModel', { route: 'models', methods: ['POST'], handler: () => ({ body: 'create' }) });
  app.http('adminThing', { route: 'admin2/x', methods: ['GET'], handler: () => ({ body: 'never' }) });
  app.http('guarded', {
    route: 'guarded',
    methods: ['GET'],
    authLevel: 'function',
    handler: () => ({ body: 'ok' }),
  });
  app.http('master', {
    route: 'master',
    methods: ['GET'],
    authLevel: 'admin',
    handler: () => ({ body: 'ok' }),
  });
});

describe.each(['light', 'library'] as const)('HTTP functions called the %s way', (mode) => {
  let host: HttpHost;
  beforeAll(async () => {
    host = await startHttpHost({ mode });
  });
  afterAll(() => host.stop());

  const get = async (
    path: string,
    init?: RequestInit,
  ): Promise<{ status: number; body: string; type: string | null }> => {
    const response = await fetch(`${host.url}${path}`, init);
    return {
      status: response.status,
      body: await response.text(),
      type: response.headers.get('content-type'),
    };
  };

  test.each([
    ['text', 200, 'text', 'text/plain;charset=UTF-8'],
    ['json', 200, '{"a":1}', 'application/json'],
    ['jsonNull', 200, '', null],
    ['bytes', 200, '\u0001\u0002\u0003', null],
    ['buffer', 200, '\u0007\b', null],
    ['noContent', 204, '', null],
    ['own404', 404, '{"e":1}', 'application/json'],
    ['response', 202, 'cls', 'text/plain;charset=UTF-8'],
    ['empty', 200, '', null],
    ['nothing', 204, '', null],
    ['nil', 204, '', null],
    ['problem', 200, '[1]', 'application/problem+json'],
    ['object', 200, '[object Object]', 'text/plain;charset=UTF-8'],
    ['form', 200, 'a=1+2', 'application/x-www-form-urlencoded;charset=UTF-8'],
    ['blob', 200, 'in a blob', 'text/csv'],
    ['stream', 200, 'streamed', null],
    ['iterable', 200, 'one two', null],
    ['own500', 500, 'mine', 'text/plain;charset=UTF-8'],
    ['wrongLength', 200, 'four', 'text/plain;charset=UTF-8'],
  ])('a handler that returns %s is answered %i %j of type %s', async (kind, status, body, type) => {
    expect(await get(`/res/${kind}`)).toEqual({ status, body, type });
  });

  test.each(Object.keys(failures))(
    'a handler whose result is "%s" is answered 500 without body',
    async (kind) => {
      expect(await get(`/res/${kind}`)).toEqual({ status: 500, body: '', type: null });
    },
  );

  test('a view of wider elements is written byte for byte', async () => {
    const bytes = await (await fetch(`${host.url}/res/floats`)).arrayBuffer();
    expect([...new Float32Array(bytes)]).toEqual([1]);
  });

  test('headers of the handler reach the client, repeated ones joined', async () => {
    const { headers } = await fetch(`${host.url}/res/headers`);
    expect([headers.get('retry-after'), headers.get('etag'), headers.get('cache-control')]).toEqual([
      '5',
      '"1"',
      'no-store',
    ]);
    expect((await fetch(`${host.url}/res/headerList`)).headers.get('x-a')).toBe('1, 2');
    expect((await fetch(`${host.url}/res/headerObject`)).headers.get('x-b')).toBe('3');
  });

  test('cookies are written as ASP.NET writes them', async () => {
    const { headers } = await fetch(`${host.url}/res/cookies`);
    expect(headers.getSetCookie()).toEqual([
      'a=1%202; path=/x; secure; samesite=strict; httponly',
      'b=2; expires=Thu, 01 Jan 1970 00:00:01 GMT; max-age=5; domain=example.org; path=/',
      'c=3; path=/',
    ]);
  });

  test('HEAD is answered with the headers of GET and no body', async () => {
    const response = await fetch(`${host.url}/res/text`, { method: 'HEAD' });
    expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([
      200,
      '4',
      '',
    ]);
    expect((await fetch(`${host.url}/res/stream`, { method: 'HEAD' })).status).toBe(200);
  });

  test('a request shows its method, URL, route values, query and headers', async () => {
    const response = await fetch(`${host.url}/echo/abc/7?x=1&x=2&y=%20z`, {
      method: 'POST',
      body: 'hé',
      headers: { 'X-Custom': 'v', 'content-type': 'text/plain' },
    });
    expect(await response.json()).toMatchObject({
      method: 'POST',
      url: `${host.url}/echo/abc/7?x=1&x=2&y=%20z`,
      params: { a: 'abc', n: '7' },
      query: [
        ['x', '1,2'],
        ['y', ' z'],
      ],
      headers: { 'x-custom': 'v', 'content-type': 'text/plain', host: `127.0.0.1:${host.port}` },
      user: null,
      body: 'hé',
      hasBody: true,
    });
  });

  test('an absent optional route value is absent from params, whatever the query says', async () => {
    expect(await (await fetch(`${host.url}/echo/abc?n=5`)).json()).toMatchObject({
      params: { a: 'abc' },
      body: '',
      hasBody: false,
    });
  });

  test('the signed-in user is read from the platform header', async () => {
    const principal = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');
    const user = async (headers: Record<string, string>): Promise<unknown> =>
      ((await (await fetch(`${host.url}/echo/a`, { headers })).json()) as { user: unknown }).user;
    const swa = { identityProvider: 'aad', userId: 'u1', userDetails: 'Ann' };
    expect(await user({ 'x-ms-client-principal': principal(swa) })).toEqual({
      type: 'StaticWebApps',
      id: 'u1',
      username: 'Ann',
      identityProvider: 'aad',
      claimsPrincipalData: swa,
    });
    expect(
      await user({
        'x-ms-client-principal': principal({ claims: [] }),
        'x-ms-client-principal-id': 'u2',
        'x-ms-client-principal-name': 'Bo',
        'x-ms-client-principal-idp': 'aad',
      }),
    ).toEqual({
      type: 'AppService',
      id: 'u2',
      username: 'Bo',
      identityProvider: 'aad',
      claimsPrincipalData: { claims: [] },
    });
    expect(await user({ 'x-ms-client-principal': 'bm90IGpzb24=' })).toBeNull();
    expect(await user({ 'x-ms-client-principal': principal([1]) })).toBeNull();
  });

  test.each([
    ['text', '\ufeffabc', {}, 'abc'],
    ['json', '{"a":[1]}', {}, { a: [1] }],
    ['bytes', 'x'.repeat(300_000), {}, 300_000],
    ['blob', 'a,b', { 'content-type': 'text/csv' }, ['text/csv', 'a,b']],
    [
      'form',
      'a=1&b=2',
      { 'content-type': 'application/x-www-form-urlencoded' },
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    ['stream', 'x'.repeat(300_000), {}, [300_000, true]],
    ['clone', 'twin', {}, ['twin', 'twin', 'POST', true]],
    ['twice', 'once', {}, ['once', 'TypeError', true]],
  ])('a body can be read as %s', async (how, body, headers, expected) => {
    const response = await fetch(`${host.url}/body/${how}`, { method: 'POST', body, headers });
    expect(await response.json()).toEqual(expected);
  });

  test('a body that is not JSON fails request.json, which the host answers with 500', async () => {
    expect((await get('/body/json', { method: 'POST', body: '{bad' })).status).toBe(500);
    expect((await get('/body/json', { method: 'POST' })).status).toBe(500);
  });

  test('request headers are those of the fetch standard', async () => {
    const headers = new Headers({ 'x-two': '1' });
    headers.append('x-two', '2');
    const response = await fetch(`${host.url}/headers`, { headers });
    expect(await response.json()).toEqual([['1, 2', false, true], true, '1, 2', false, []]);
  });

  test.each([
    [
      'a wildcard takes the rest, with %2F as it stands',
      '/files/a/b%20c%2Fd.txt',
      200,
      '{"path":"a/b c%2Fd.txt"}',
    ],
    ['a wildcard may take nothing', '/files', 200, '{}'],
    [
      'of overlapping routes the function whose name sorts first answers',
      '/models/special',
      200,
      'param special',
    ],
    ['routes match in any case and with a trailing slash', '/MODELS/special/', 200, 'param special'],
    ['a function without route is served under its name', '/default', 200, 'default default'],
    ['the empty path matches an empty optional parameter', '/', 200, 'home'],
    ['dot segments are resolved before matching', '/files/../models/x', 200, 'param x'],
    ['functions may share a route with different methods', '/models', 200, 'list'],
    ['an unknown route is 404', '/nothing/here', 404, ''],
    ['a value outside its constraint is 404', '/echo/123', 404, ''],
    ['a route that begins with admin is refused', '/admin2/x', 404, ''],
    ['a malformed escape is 400', '/models/%zz', 400, ''],
    ['an escaped NUL is 400', '/models/%00', 400, ''],
  ])('%s', async (_rule, path, status, body) => {
    expect(await get(path)).toMatchObject({ status, body });
  });

  test('a wrong method on a known route is 404, as on the real host', async () => {
    expect((await get('/models/x', { method: 'PUT' })).status).toBe(404);
    expect(await get('/models', { method: 'POST' })).toMatchObject({ status: 200, body: 'create' });
  });

  test('a segment may mix literals and parameters', async () => {
    expect((await get('/v1/models/a:b:predict', { method: 'POST' })).body).toBe('{"model":"a:b"}');
  });

  test('a failing handler leaves the error in the log and the server serving', async () => {
    await get('/res/throws');
    expect(host.lines.some((line) => line.includes('result failed: Error: boom!'))).toBe(true);
    expect((await get('/res/text')).status).toBe(200);
  });
});

describe.each(['light', 'library'] as const)('function keys, the %s way', (mode) => {
  let host: HttpHost;
  beforeAll(async () => {
    host = await startHttpHost({ mode, keys: 'default=abc, master=top' });
  });
  afterAll(() => host.stop());

  test.each([
    ['/default', {}, 200],
    ['/guarded', {}, 401],
    ['/guarded', { 'x-functions-key': 'wrong' }, 401],
    ['/guarded', { 'x-functions-key': 'abc' }, 200],
    ['/guarded?code=abc', {}, 200],
    ['/guarded', { 'x-functions-key': 'top' }, 200],
    ['/master', { 'x-functions-key': 'abc' }, 401],
    ['/master?code=top', {}, 200],
  ])('%s with %j is answered %i', async (path, headers, status) => {
    expect((await fetch(`${host.url}${path}`, { headers })).status).toBe(status);
  });
});

describe.each(['light', 'library'] as const)('invocation hooks, the %s way', (mode) => {
  let host: HttpHost;
  beforeAll(async () => {
    host = await startHttpHost({ mode });
  });
  afterAll(async () => {
    await host.stop();
    registeredHooks.clear();
  });

  test('hooks run around the handler and may replace result and error', async () => {
    const before = app.hook.preInvocation((context) => {
      context.hookData['name'] = context.invocationContext.functionName;
    });
    const after = app.hook.postInvocation((context) => {
      if (context.error !== undefined) context.error = undefined;
      context.result = { body: `${String(context.hookData['name'])} hooked` };
    });
    expect(await (await fetch(`${host.url}/default`)).text()).toBe('default hooked');
    expect(await (await fetch(`${host.url}/res/throws`)).text()).toBe('result hooked');
    before.dispose();
    after.dispose();
    expect((await fetch(`${host.url}/res/throws`)).status).toBe(500);
  });

  test('a hook may replace the handler', async () => {
    const hook = app.hook.preInvocation((context) => {
      context.functionHandler = () => ({ body: 'other handler' });
    });
    expect(await (await fetch(`${host.url}/default`)).text()).toBe('other handler');
    hook.dispose();
  });
});

afterAll(() => {
  registeredFunctions.clear();
});
