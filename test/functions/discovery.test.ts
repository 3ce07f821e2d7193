import { getEndpoint } from '../../functions/get-endpoint';
import { getModel } from '../../functions/get-model';
import { listEndpoints } from '../../functions/list-endpoints';
import { listModels } from '../../functions/list-models';
import { metrics } from '../../functions/metrics';
import { putEndpoint } from '../../functions/put-endpoint';
import { scoreRows } from '../../functions/score-rows';
import { call, endpointDocument, type OnlineApp, type Sent, startOnlineApp } from './online-app';

let app: OnlineApp;
const mockServices = (): OnlineApp['services'] => app.services;
jest.mock('../../shared/services', () => ({ services: () => mockServices() }));

beforeAll(async () => {
  app = await startOnlineApp();
});
afterAll(() => app.stop());

const origin = 'http://polyscore.test';
const put = (endpoint: string, body: unknown, sent: Sent = {}) =>
  call(putEndpoint, {
    method: 'PUT',
    params: { endpoint },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...sent,
  });
const deployments = [{ name: 'd', selector: { kind: 'model', model: 'plain' } }];

describe('GET /endpoints', () => {
  test('lists services with what a client needs to choose one', async () => {
    const { status, json } = await call(listEndpoints, { path: '/endpoints' });
    expect(status).toBe(200);
    expect(json.value).toContainEqual({
      name: 'flight-delay',
      description: 'Minutes of delay',
      tags: { team: 'flights' },
      state: 'ready',
      scoringUri: `${origin}/endpoints/flight-delay/score`,
      jobsUri: `${origin}/endpoints/flight-delay/jobs`,
      modelCount: 4,
    });
  });

  test('pages by name, filters by tags and text, and knows what the caller has already', async () => {
    for (const name of ['p-1', 'p-2', 'p-3'])
      await put(name, { deployments, description: `The ${name}`, tags: { page: 'yes', team: name } });
    const names = async (query: string) => {
      const { json } = await call(listEndpoints, { path: `/endpoints?${query}` });
      return json.value.map(({ name }) => name);
    };
    expect(await names('tag=page:yes')).toEqual(['p-1', 'p-2', 'p-3']);
    expect(await names('tag=page:yes&tag=team:p-2')).toEqual(['p-2']);
    expect(await names('tag=page:yes,team:p-2')).toEqual(['p-2']);
    expect(await names('q=THE%20P-3')).toEqual(['p-3']);
    const first = await call(listEndpoints, { path: '/endpoints?tag=page:yes&limit=2' });
    expect(first.json.value).toHaveLength(2);
    expect(first.json.nextLink).toBe(`${origin}/endpoints?tag=page%3Ayes&limit=2&after=p-2`);
    const next = await call(listEndpoints, { path: (first.json.nextLink ?? '').slice(origin.length) });
    expect(next.json.value.map(({ name }) => name)).toEqual(['p-3']);
    expect(next.json.nextLink).toBeUndefined();
    const etag = first.headers['etag'] ?? '';
    const known = await call(listEndpoints, {
      path: '/endpoints?tag=page:yes&limit=2',
      headers: { 'if-none-match': `"other", W/${etag}` },
    });
    expect([known.status, known.body.length]).toEqual([304, 0]);
  });

  test.each([
    ['limit=0', 'a whole number from 1 to 1000'],
    ['limit=many', 'a whole number from 1 to 1000'],
    ['tag=flights', 'a tag and its value, as in tag=team:pricing'],
  ])('?%s is refused with what it must be', async (query, expected) => {
    const { status, json } = await call(listEndpoints, { path: `/endpoints?${query}` });
    expect([status, json.violations[0]?.expected]).toEqual([400, expected]);
  });
});

describe('GET /endpoints/{endpoint}', () => {
  test('describes columns, outputs, deployments and how models are selected', async () => {
    const { json } = await call(getEndpoint, { params: { endpoint: 'flight-delay' } });
    expect(json.input.columns).toEqual([
      { name: 'origin', type: 'text', isKey: true, isRequired: true },
      { name: 'destination', type: 'text', isKey: true, isRequired: false },
      { name: 'distance', type: 'number', isKey: false, isRequired: true, description: 'Miles.' },
      { name: 'date', type: 'timestamp', isKey: false, isRequired: true },
    ]);
    expect(json.output.columns).toEqual([{ name: 'delay', datatype: 'FP32' }]);
    expect(json.deployments).toMatchObject([
      { name: 'blue', trafficPercent: 100, modelCount: 3, selector: { kind: 'keys', noMatch: 'reject' } },
      { name: 'plain', trafficPercent: 0, modelCount: 1, selector: { kind: 'model', model: 'integers' } },
    ]);
    expect(json.definition).toMatchObject(endpointDocument);
  });

  test('the sample request scores as it is', async () => {
    const { json } = await call(getEndpoint, { params: { endpoint: 'flight-delay' } });
    expect(json.sample).toMatchObject({ method: 'POST', url: `${origin}/endpoints/flight-delay/score` });
    const scored = await call(scoreRows, {
      method: 'POST',
      params: { endpoint: 'flight-delay' },
      body: JSON.stringify(json.sample.body),
    });
    expect(scored.json.rows).toHaveLength(2);
    for (const row of scored.json.rows) expect(row.prediction).toEqual(expect.any(Number) as number);
  });

  test('an endpoint whose models are not registered yet says so', async () => {
    await put('empty', { deployments: [{ name: 'd', selector: { kind: 'model', model: 'later' } }] });
    const { json } = await call(getEndpoint, { params: { endpoint: 'empty' } });
    expect(json).toMatchObject({ state: 'no-models', modelCount: 0, sample: { body: { rows: [] } } });
  });

  test('an unknown endpoint is 404', async () => {
    expect((await call(getEndpoint, { params: { endpoint: 'nope' } })).status).toBe(404);
  });
});

describe('PUT /endpoints/{endpoint}', () => {
  test('creates, replaces under the right etag only, and is found at once', async () => {
    const created = await put('guarded', { deployments }, { headers: { 'if-none-match': '*' } });
    expect([created.status, created.json.name]).toEqual([201, 'guarded']);
    const etag = created.headers['etag'] ?? '';
    const replaced = await put(
      'guarded',
      { deployments, description: 'new' },
      { headers: { 'if-match': etag } },
    );
    expect([replaced.status, replaced.json.description]).toEqual([200, 'new']);
    const late = await put('guarded', { deployments }, { headers: { 'if-match': etag } });
    expect([late.status, late.json.code]).toEqual([409, 'etag-conflict']);
    const again = await put('guarded', { deployments }, { headers: { 'if-none-match': '*' } });
    expect(again.status).toBe(409);
    const found = await call(getEndpoint, { params: { endpoint: 'guarded' } });
    expect(found.headers['etag']).toBe(replaced.headers['etag']);
  });

  test('a wrong document is refused with all its problems', async () => {
    const { status, json } = await put('wrong', {
      deployments: [{ name: 'a b', selector: { kind: 'none' } }],
      traffic: { a: 50 },
      surprise: 1,
    });
    expect([status, json.code]).toEqual([422, 'invalid-document']);
    const pointers = json.violations.map(({ pointer }) => pointer);
    expect(pointers).toEqual(expect.arrayContaining(['/deployments/0/name', '/surprise']));
  });

  test.each([
    ['another name than the path', { name: 'other', deployments }, {}, 422, 'another name than its path'],
    ['no JSON', '{', {}, 400, 'The body is not JSON'],
    ['an array', [], {}, 422, 'problem'],
    ['a condition on an etag list', { deployments }, { 'if-none-match': '"x"' }, 400, 'must be "*"'],
  ])('%s is refused', async (_, body, headers, status, detail) => {
    const answer = await put('e', body, { headers });
    expect(answer.status).toBe(status);
    expect(answer.json.detail).toContain(detail);
  });
});

describe('GET /models', () => {
  test('lists names, versions, aliases and tags, paged', async () => {
    const { json } = await call(listModels, { path: '/models?q=plain' });
    expect(json).toEqual({ value: [{ name: 'plain', latest: '2', versions: 2, aliases: {}, tags: {} }] });
    const page = await call(listModels, { path: '/models?limit=2&tag=kind:route' });
    expect(page.json.value.map(({ name }) => name)).toEqual(['route-JFK-LAX', 'route-JFK-SFO']);
  });

  test('a model shows each version with signature, tags and metrics', async () => {
    const { json, headers } = await call(getModel, { params: { model: 'route-JFK-LAX' } });
    expect(json).toMatchObject({
      name: 'route-JFK-LAX',
      versions: [
        {
          version: '1',
          state: 'ready',
          tags: { origin: 'JFK' },
          metrics: { mae: 12.5 },
          signature: { inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }] },
          featureSet: { input: 'x' },
        },
      ],
    });
    expect(headers['etag']).toMatch(/^"/);
    expect((await call(getModel, { params: { model: 'nope' } })).status).toBe(404);
  });
});

describe('GET /metrics', () => {
  test('counts requests, rows and the session cache as Prometheus text', async () => {
    const { headers, body } = await call(metrics);
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    const text = body.toString();
    expect(text).toContain('# TYPE polyscore_sessions gauge\npolyscore_sessions 2\n');
    expect(text).toContain('polyscore_row_requests_total{endpoint="flight-delay",deployment="blue"} 1\n');
    expect(text).toContain(
      'polyscore_rows_total{endpoint="flight-delay",deployment="blue",outcome="scored"} 2\n',
    );
    expect(text).toContain('polyscore_session_evictions_total{reason="budget"} 0\n');
  });
});
