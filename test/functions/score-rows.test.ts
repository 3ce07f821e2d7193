import { gzipSync } from 'node:zlib';
import { scoreRows } from '../../functions/score-rows';
import { call, type OnlineApp, startOnlineApp } from './online-app';

let app: OnlineApp;
const mockServices = (): OnlineApp['services'] => app.services;
jest.mock('../../shared/services', () => ({ services: () => mockServices() }));

beforeAll(async () => {
  app = await startOnlineApp();
});
afterAll(() => app.stop());

const lax = { origin: 'JFK', destination: 'LAX', distance: 2500, date: '2001-03-01T08:30:00Z' };
const sfo = { origin: 'JFK', destination: 'SFO', distance: 500, date: '2001-03-01T09:30:00Z' };

function score(body: unknown, headers: Record<string, string> = {}, endpoint = 'flight-delay') {
  const text = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  return call(scoreRows, { method: 'POST', params: { endpoint }, headers, body: text });
}

describe('POST /endpoints/{endpoint}/score', () => {
  test('rows of several models are scored in one request and answered in their order', async () => {
    const { status, headers, json } = await score({ rows: [sfo, lax, { ...lax, destination: 'BOS' }, lax] });
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('application/json');
    expect(json).toEqual({
      endpoint: 'flight-delay',
      deployment: 'blue',
      rows: [
        { prediction: 200, model: 'route-JFK-SFO', version: '1' },
        { prediction: 112, model: 'route-JFK-LAX', version: '1' },
        { prediction: 312, model: 'origin-JFK', version: '1' },
        { prediction: 112, model: 'route-JFK-LAX', version: '1' },
      ],
    });
    expect(headers['polyscore-model']).toBeUndefined();
    expect(headers['azureml-model-deployment']).toBe('blue');
  });

  test('the first request says that it waited for a load, the next one that it did not; one model is named', async () => {
    app.services.sessions.unload((await app.services.onlineScorer.find('route-JFK-SFO')).version);
    const first = await score({ rows: [sfo] });
    const second = await score({ rows: [sfo] });
    expect(first.headers['polyscore-cache']).toMatch(/^miss;load_ms=\d+$/);
    expect(second.headers['polyscore-cache']).toBe('hit');
    expect(second.headers).toMatchObject({ 'polyscore-model': 'route-JFK-SFO', 'polyscore-version': '1' });
  });

  test('a row whose model is missing gets an error of its own; the others are scored', async () => {
    const { status, json } = await score({
      rows: [{ ...lax, origin: 'ZRH' }, lax, { ...lax, origin: null }],
    });
    expect(status).toBe(200);
    expect(json.rows).toEqual([
      { error: { code: 'model-not-found', detail: 'no model for origin="ZRH", destination="LAX"' } },
      { prediction: 112, model: 'route-JFK-LAX', version: '1' },
      { error: { code: 'model-not-found', detail: 'no model for origin=(missing), destination="LAX"' } },
    ]);
  });

  test('a row with a null where its model needs a value gets an error that names the column', async () => {
    const { json } = await score({ rows: [{ ...lax, distance: null }, { ...lax, date: null }, lax] });
    expect(json.rows.map((row) => row.error?.detail)).toEqual([
      'column "distance" has no finite number',
      'column "date" has no timestamp',
      undefined,
    ]);
  });

  test.each([
    ['a bare array', [lax]],
    ['Azure ML’s member', { input_data: [lax] }],
    ['milliseconds for a time', { rows: [{ ...lax, date: Date.UTC(2001, 2, 1, 8) }] }],
    ['members that no model needs', { rows: [{ ...lax, delay: 7, note: { a: [1] } }] }],
  ])('%s is read', async (_, body) => {
    expect((await score(body)).json.rows[0]?.prediction).toBe(112);
  });

  test('all problems of a request are listed at once, each with its place', async () => {
    const { status, headers, json } = await score({
      rows: [
        { ...lax, distance: 'far' },
        'no row',
        { origin: 'JFK', destination: ['x'], distance: 3, date: 'yesterday' },
        { origin: 'JFK', destination: 'LAX', date: lax.date },
      ],
    });
    expect([status, headers['content-type']]).toEqual([400, 'application/problem+json']);
    expect(json.code).toBe('signature-mismatch');
    const time = 'an ISO 8601 time or milliseconds since 1970';
    expect(json.violations).toEqual([
      { pointer: '/rows/1', expected: 'an object', received: '"no row"' },
      { pointer: '/rows/2/destination', expected: 'a text, number or boolean', received: '["x"]' },
      { pointer: '/rows/3/distance', expected: 'a number', received: 'nothing' },
      { pointer: '/rows/0/distance', expected: 'a number', received: '"far"' },
      { pointer: '/rows/2/date', expected: time, received: '"yesterday"' },
    ]);
    expect(json.detail).toContain('/rows/1: expected an object, received "no row", and 4 more problems');
  });

  test.each([
    ['text', 'hello', 400, 'invalid-payload', /^The body is not JSON/],
    ['nothing', '', 400, 'invalid-payload', 'The body is empty; expected JSON'],
    ['an object without rows', '{"instances":[]}', 400, 'signature-mismatch', 'The body holds no rows'],
    ['rows that are no array', '{"rows":5}', 400, 'signature-mismatch', 'The body holds no rows'],
    ['a number', '7', 400, 'signature-mismatch', 'The body holds no rows'],
    ['too many rows', JSON.stringify(new Array(101).fill({})), 413, 'payload-too-large', '101 rows'],
    ['a broken gzip stream', 'gzip', 400, 'invalid-payload', 'not valid gzip'],
  ])('%s is refused with the reason', async (kind, body, status, code, detail) => {
    const headers: Record<string, string> = body === 'gzip' ? { 'content-encoding': 'gzip' } : {};
    const answer = await score(body, headers);
    expect([kind, answer.status, answer.json.code]).toEqual([kind, status, code]);
    expect(answer.json.detail).toMatch(detail);
    expect(answer.logged).toEqual([]);
  });

  test('no row is an answer without rows', async () => {
    expect((await score({ rows: [] })).json.rows).toEqual([]);
  });

  test('a body over the limit is refused: declared, chunked, or once inflated', async () => {
    const large = JSON.stringify({ rows: [], filler: 'x'.repeat(100_001) });
    const answers = await Promise.all([
      score(large),
      score('{}', { 'content-length': '100001' }),
      score(gzipSync(large), { 'content-encoding': 'gzip' }),
    ]);
    for (const { status, json } of answers) {
      expect([status, json.code]).toEqual([413, 'payload-too-large']);
      expect(json.detail).toBe('The body is over the limit of 100000 bytes');
    }
  });

  test('a compressed body is read', async () => {
    const body = gzipSync(JSON.stringify({ rows: [lax] }));
    expect((await score(body, { 'content-encoding': 'gzip' })).json.rows[0]?.prediction).toBe(112);
  });

  test('an encoding nobody knows is 415', async () => {
    expect((await score('{}', { 'content-encoding': 'br' })).status).toBe(415);
  });

  test('a member named __proto__ or constructor changes nothing', async () => {
    const row = `{"__proto__":{"origin":"JFK"},"constructor":1,${JSON.stringify(lax).slice(1)}`;
    expect((await score(`{"rows":[${row}]}`)).json.rows[0]?.prediction).toBe(112);
    expect(({} as Record<string, unknown>)['origin']).toBeUndefined();
  });

  test('an endpoint that does not exist is 404 with the nearest name', async () => {
    const { status, json } = await score({ rows: [lax] }, {}, 'flight-delays');
    expect([status, json.code]).toEqual([404, 'endpoint-not-found']);
    expect(json.detail).toBe('There is no endpoint "flight-delays"; near it: flight-delay');
  });

  test('the header azureml-model-deployment picks a deployment without traffic; 64-bit integers are exact', async () => {
    const { headers, json } = await score({ rows: [{ x: 12 }] }, { 'azureml-model-deployment': 'plain' });
    expect(headers['azureml-model-deployment']).toBe('plain');
    expect(json.rows).toEqual([{ prediction: 12, model: 'integers', version: '1' }]);
    const unknown = await score({ rows: [lax] }, { 'azureml-model-deployment': 'green' });
    expect([unknown.status, unknown.json.detail]).toEqual([
      404,
      'Endpoint "flight-delay" has no deployment "green"; it has "blue", "plain"',
    ]);
  });

  test('the request id is echoed where it is safe, else made; errors carry it too', async () => {
    const echoed = await score({ rows: [lax] }, { 'x-ms-request-id': 'abc-1' });
    const unsafe = await score('no', { 'x-ms-request-id': 'a b\u00e9' });
    expect(echoed.headers['x-ms-request-id']).toBe('abc-1');
    expect(unsafe.headers['x-ms-request-id']).toBe('invocation-1');
    expect(unsafe.json.instance).toBe('urn:polyscore:request:invocation-1');
  });

  test('a bug is a bare 500 with the request id, logged in full', async () => {
    const broken = jest
      .spyOn(app.services.onlineScorer, 'scoreRows')
      .mockRejectedValueOnce(new Error('secret'));
    const { status, json, logged, body } = await score({ rows: [lax] });
    broken.mockRestore();
    expect([status, json.code]).toEqual([500, 'internal-error']);
    expect(body.toString()).not.toContain('secret');
    expect(logged).toEqual([['request invocation-1:', new Error('secret')]]);
  });
});
