import { app } from '@azure/functions';
import { registeredHooks } from '../../../local/functions-core';
import { registerHttpApp } from '../support/http-app';
import { type HttpHost, startHttpHost } from '../support/http-host';

beforeAll(registerHttpApp);

describe.each(['light', 'library'] as const)('routes of HTTP functions called the %s way', (mode) => {
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
