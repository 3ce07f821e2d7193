import { registerHttpApp } from '../support/http-app';
import { type HttpHost, startHttpHost } from '../support/http-host';

beforeAll(registerHttpApp);

describe.each(['light', 'library'] as const)(
  'requests that HTTP functions get, called the %s way',
  (mode) => {
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
  },
);
