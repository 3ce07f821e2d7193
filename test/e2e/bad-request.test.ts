import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestAzurite, type TestAzurite } from '../support/azurite';
import { ENDPOINT, seedStorage } from './support/delay-endpoint';
import { expectServing, goodRow } from './support/expect-serving';
import { startHost, type HostProcess } from './support/host-process';

const MIB = 1024 * 1024;
const dataFolder = mkdtempSync(join(tmpdir(), 'polyscore-requests-'));

interface Problem {
  readonly code?: string;
  readonly detail?: string;
  readonly violations?: readonly { readonly pointer: string; readonly expected: string }[];
  readonly rows?: readonly {
    readonly model?: string;
    readonly prediction?: number;
    readonly error?: { readonly code: string; readonly detail: string };
  }[];
}

let azurite: TestAzurite;
let host: HostProcess;

beforeAll(async () => {
  azurite = await startTestAzurite();
  await seedStorage(azurite.connectionString);
  host = await startHost({
    dataFolder,
    connectionString: azurite.connectionString,
    environment: {
      POLYSCORE_REQUEST_BODY_MIB: '1',
      FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: String(2 * MIB),
    },
  });
}, 60_000);

/** Whatever came, the same process goes on. */
afterEach(() => expectServing(host.url));

afterAll(async () => {
  await host.stop();
  await azurite.stop();
  rmSync(dataFolder, { recursive: true, force: true });
});

describe('an online request that cannot be served', () => {
  test('rows without a model have an error each, the others a prediction, in order', async () => {
    const rows = [goodRow, { ...goodRow, origin: 'XXX' }, { ...goodRow, distance: null }, goodRow];
    const { status, body } = await score(JSON.stringify({ rows }));
    expect(status).toBe(200);
    expect(body.rows).toEqual([
      expect.objectContaining({ model: 'ATL-DEN', prediction: expect.any(Number) as number }),
      { error: { code: 'model-not-found', detail: expect.stringContaining('XXX') as string } },
      { error: { code: 'inference-failed', detail: expect.stringContaining('distance') as string } },
      expect.objectContaining({ model: 'ATL-DEN' }),
    ]);
  });

  test.each([
    ['not JSON', '{"rows": [', /The body is not JSON: /],
    ['empty', '', /The body is empty/],
    ['binary', '\u0000\u0001', /The body is not JSON: /],
  ])('a body that is %s is 400', async (_what, body, detail) => {
    const answer = await score(body);
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid-payload']);
    expect(answer.body.detail).toMatch(detail);
  });

  test('wrong types are 400 with every problem and its place', async () => {
    const rows = [
      { ...goodRow, distance: 'far' },
      { ...goodRow, date: 'yesterday' },
      'no row',
      { date: goodRow.date, origin: ['ATL'], destination: 'DEN', distance: 1 },
      { origin: 'ATL', destination: 'DEN', distance: 1 },
    ];
    const { status, body } = await score(JSON.stringify({ rows }));
    expect([status, body.code]).toEqual([400, 'signature-mismatch']);
    expect(body.violations?.map(({ pointer }) => pointer).sort()).toEqual([
      '/rows/0/distance',
      '/rows/1/date',
      '/rows/2',
      '/rows/3/origin',
      '/rows/4/date',
    ]);
  });

  test('members named __proto__ or constructor change nothing', async () => {
    const row = JSON.stringify(goodRow).slice(0, -1);
    const polluted = `{"rows": [${row}, "__proto__": {"distance": 1}, "constructor": {"prototype": {"x": 1}}}], "__proto__": {"rows": []}}`;
    const clean = await score(JSON.stringify({ rows: [goodRow] }));
    expect(await score(polluted)).toEqual(clean);
    const inherited = await score('{"__proto__": {"rows": []}}');
    expect([inherited.status, inherited.body.violations?.[0]?.pointer]).toEqual([400, '/rows']);
    const endpoint = await fetch(`${host.url}/endpoints/__proto__/score`, { method: 'POST', body: '{}' });
    expect(endpoint.status).toBe(404);
  });

  test.each([
    ['an unknown path', 'GET', '/nowhere'],
    ['an unknown endpoint', 'POST', '/endpoints/delays/score'],
    ['an unknown job', 'GET', '/jobs/0123456789abcdef0123456789abcdef'],
    ['a job id that is none', 'GET', '/jobs/..%2F..%2Fplan'],
    ['an unknown model', 'POST', '/v2/models/nobody/infer'],
  ])('%s is 404', async (_what, method, path) => {
    const body = method === 'POST' ? { body: JSON.stringify({ rows: [goodRow], inputs: [] }) } : {};
    expect((await fetch(`${host.url}${path}`, { method, ...body })).status).toBe(404);
  });

  test('a body over the limit is 413, with and without a declared length', async () => {
    const refused = { status: 413, code: 'payload-too-large' };
    expect(await send(Buffer.alloc(MIB + 1, ' '), 'declared')).toEqual(refused);
    expect(await send(Buffer.alloc(MIB + 1, ' '), 'chunked')).toEqual(refused);
    // Over the host's own limit, which is looked at first and answers without a body.
    expect(await send(Buffer.alloc(3 * MIB, ' '), 'declared')).toEqual({ status: 413, code: undefined });
    expect(await send(Buffer.alloc(3 * MIB, ' '), 'chunked')).toEqual(refused);
  });

  test('a job request lists every problem', async () => {
    const body = JSON.stringify({
      input: { path: 'a', prefix: 'b' },
      settings: { miniBatchRows: 0 },
      speed: 1,
    });
    const answer = await fetch(`${host.url}/endpoints/${ENDPOINT}/jobs`, { method: 'POST', body });
    expect(answer.status).toBe(400);
    const { violations } = (await answer.json()) as Problem;
    expect(violations?.map(({ pointer }) => pointer).sort()).toEqual([
      '',
      '/input',
      '/settings/miniBatchRows',
    ]);
  });
});

async function score(body: string): Promise<{ status: number; body: Problem }> {
  const answer = await fetch(`${host.url}/endpoints/${ENDPOINT}/score`, { method: 'POST', body });
  return { status: answer.status, body: (await answer.json()) as Problem };
}

/** Sends a body with its length, or in chunks without; answers the status and the error's code where it has one. */
function send(
  body: Buffer,
  how: 'declared' | 'chunked',
): Promise<{ status: number; code: string | undefined }> {
  return new Promise((resolve, reject) => {
    const headers =
      how === 'declared' ? { 'content-length': body.length } : { 'transfer-encoding': 'chunked' };
    const sending = request(`${host.url}/endpoints/${ENDPOINT}/score`, {
      method: 'POST',
      headers,
      agent: false,
    });
    sending.on('error', reject);
    sending.on('response', (reply) => {
      let received = '';
      reply.on('data', (piece: Buffer) => (received += piece.toString()));
      reply.on('end', () => {
        const { code } = (received === '' ? {} : JSON.parse(received)) as Problem;
        resolve({ status: reply.statusCode ?? 0, code });
      });
    });
    for (let at = 0; at < body.length; at += 65_536) sending.write(body.subarray(at, at + 65_536));
    sending.end();
  });
}
