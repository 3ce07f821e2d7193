import { failures, registerHttpApp } from '../support/http-app';
import { type HttpHost, startHttpHost } from '../support/http-host';

beforeAll(registerHttpApp);

describe.each(['light', 'library'] as const)('answers of HTTP functions called the %s way', (mode) => {
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
});
