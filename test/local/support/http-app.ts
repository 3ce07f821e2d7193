import { app, HttpResponse, type HttpRequest, type HttpResponseInit } from '@azure/functions';

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
/** Results that the library refuses. */
export const failures: Record<string, () => unknown> = {
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

/** Registers functions that answer and read in every way the platform offers. */
export function registerHttpApp(): void {
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
}
