import { gunzipSync } from 'node:zlib';
import { infer } from '../../functions/infer';
import { ServingError } from '../../shared/errors';
import { call, type OnlineApp, parseAnswer, type Sent, startOnlineApp } from './online-app';

let app: OnlineApp;
const mockServices = (): OnlineApp['services'] => app.services;
jest.mock('../../shared/services', () => ({ services: () => mockServices() }));

beforeAll(async () => {
  app = await startOnlineApp();
});
afterAll(() => app.stop());

const x = { name: 'x', shape: [2, 2], datatype: 'FP32', data: [1, 2, 3, 4] };

function post(model: string, body: unknown, sent: Sent & { version?: string } = {}) {
  const { version, ...rest } = sent;
  const params = { model, ...(version !== undefined && { version }) };
  const text = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  return call(infer, { method: 'POST', params, body: text, ...rest });
}

describe('POST /v2/models/{model}/infer', () => {
  test('answers every member that Open Inference clients need', async () => {
    const { status, headers, json } = await post('plain', { id: 'q-1', inputs: [x] });
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('application/json');
    expect(json).toEqual({
      id: 'q-1',
      model_name: 'plain',
      model_version: '2',
      outputs: [{ name: 'y', datatype: 'FP32', shape: [2, 1], data: [15, 33] }],
    });
    expect(headers).toMatchObject({ 'polyscore-model': 'plain', 'polyscore-version': '2' });
  });

  test('without an id the answer has the request’s', async () => {
    expect((await post('plain', { inputs: [x] })).json.id).toBe('invocation-1');
  });

  test('a version in the path is the one that runs', async () => {
    const { json } = await post('plain', { inputs: [x] }, { version: '1' });
    expect([json.model_version, json.outputs[0]?.data]).toEqual(['1', [9, 19]]);
  });

  test('the champion, where there is one, goes before the latest', async () => {
    await app.services.models.setAlias('plain', 'champion', '1');
    expect((await post('plain', { inputs: [x] })).json.model_version).toBe('1');
    expect((await post('plain', { inputs: [x] }, { version: 'champion' })).json.model_version).toBe('1');
    await app.services.models.setAlias('plain', 'champion', '2');
  });

  test.each([
    [
      'nested data',
      {
        ...x,
        data: [
          [1, 2],
          [3, 4],
        ],
      },
    ],
    ['a datatype in lower case', { ...x, datatype: 'fp32' }],
    ['members of MLServer and KServe', { ...x, parameters: { content_type: 'np' } }],
  ])('%s is read', async (_, input) => {
    const { json } = await post('plain', {
      model_name: 'plain',
      parameters: { headers: { a: 'b' }, content_type: 'np' },
      inputs: [input],
      outputs: [{ name: 'y', parameters: { binary_data: false } }],
    });
    expect(json.outputs[0]?.data).toEqual([15, 33]);
  });

  test('64-bit integers beyond 2^53 pass exactly', async () => {
    const body =
      '{"inputs":[{"name":"x","shape":[2],"datatype":"INT64","data":[9007199254740993,-9223372036854775808]}]}';
    const answer = await post('integers', body);
    expect(answer.body.toString()).toContain('"data":[9007199254740993,-9223372036854775808]');
  });

  test.each([
    ['texts', 'BYTES', [1, 1], ['größe']],
    ['halves', 'FP16', [2], [0.5, -2]],
    ['flags', 'BOOL', [3], [true, false, true]],
    ['integers', 'INT64', [0], []],
  ])('%s: %s passes through', async (model, datatype, shape, data) => {
    const { json } = await post(model, { inputs: [{ name: 'x', shape, datatype, data }] });
    expect(json.outputs[0]).toEqual({ name: 'y', datatype, shape, data });
  });

  test('binary tensors both ways, mixed with the JSON length in the header', async () => {
    const json = JSON.stringify({
      inputs: [{ ...x, data: undefined, parameters: { binary_data_size: 16 } }],
      outputs: [{ name: 'y', parameters: { binary_data: true } }],
    });
    const body = Buffer.concat([Buffer.from(json), Buffer.from(Float32Array.of(1, 2, 3, 4).buffer)]);
    const headers = { 'Inference-Header-Content-Length': String(json.length) };
    const answer = await post('plain', body, { headers });
    const length = Number(answer.headers['inference-header-content-length']);
    expect(answer.headers['content-type']).toBe('application/octet-stream');
    expect(parseAnswer(answer.body.subarray(0, length).toString()).outputs[0]?.parameters).toEqual({
      binary_data_size: 8,
    });
    expect(answer.body.subarray(length)).toEqual(Buffer.from(Float32Array.of(15, 33).buffer));
  });

  test('a raw request is nothing but the one input’s bytes', async () => {
    const body = Buffer.from(Float32Array.of(1, 2).buffer);
    const answer = await post('plain', body, { headers: { 'inference-header-content-length': '0' } });
    const length = Number(answer.headers['inference-header-content-length']);
    expect(answer.body.subarray(length)).toEqual(Buffer.from(Float32Array.of(15).buffer));
  });

  test('KServe’s empty tensor, null data beside binary_data_size 0, is read', async () => {
    const input = {
      name: 'x',
      shape: [0],
      datatype: 'INT64',
      data: null,
      parameters: { binary_data_size: 0 },
    };
    expect((await post('integers', { inputs: [input] })).json.outputs[0]?.data).toEqual([]);
  });

  test('a large answer is compressed where the client asks for it', async () => {
    const data = Array.from({ length: 1_000 }, (_, index) => index);
    const body = { inputs: [{ name: 'x', shape: [1_000], datatype: 'INT64', data }] };
    const answer = await post('integers', body, { headers: { 'accept-encoding': 'gzip' } });
    expect(answer.headers['content-encoding']).toBe('gzip');
    expect(parseAnswer(gunzipSync(answer.body).toString()).outputs[0]?.data).toEqual(data);
  });

  test('every problem of a request is listed in one answer', async () => {
    const { status, headers, json } = await post('mismatched', {
      inputs: [
        { name: 'a', shape: [2], datatype: 'INT64', data: [1, 'two'] },
        { name: 'z', shape: [1], datatype: 'FP32', data: [1] },
        { name: 'a', shape: [3], datatype: 'FP32', data: [1, 2] },
        { name: 'b', shape: [1, 2], datatype: 'FP99', data: [1] },
        { shape: ['x'], datatype: 'FP32' },
        5,
      ],
      outputs: [{ name: 'y' }, { name: 'w' }, 'y', {}],
      id: 7,
      parameters: { deep: { a: 1 } },
    });
    expect([status, headers['content-type']]).toEqual([400, 'application/json']);
    expect(json.code).toBe('signature-mismatch');
    const at = Object.fromEntries(
      json.violations.map((each) => [each.pointer, `${each.expected} <> ${each.received}`]),
    );
    expect(at).toMatchObject({
      '/id': 'a text <> 7',
      '/parameters/deep': 'a text, number or boolean <> an object',
      '/inputs/0/data/1': expect.stringContaining('a whole number from -9223372036854775808') as string,
      '/inputs/0/datatype': 'FP32 <> INT64',
      '/inputs/1/name': 'one of "a", "b" <> "z"',
      '/inputs/2/name': 'each input once <> "a"',
      '/inputs/2/data': '3 elements, as the shape [3] has <> 2 elements',
      '/inputs/3/shape': '[-1] <> [1, 2]',
      '/inputs/3/datatype': expect.stringContaining('one of BOOL') as string,
      '/inputs/4/name': 'a text <> nothing',
      '/inputs/4/shape': 'an array of whole numbers ≥ 0 <> an array',
      '/inputs/4/data': 'data, or parameters.binary_data_size <> nothing',
      '/inputs/5': 'an object <> 5',
      '/outputs/1/name': 'one of "y" <> "w"',
      '/outputs/2': 'an object <> "y"',
      '/outputs/3/name': 'a text <> nothing',
    });
    expect(json.error).toBe(json.detail);
    expect(json.error).toMatch(/^The request does not fit model "mismatched": .* more$/);
  });

  test('a missing input is named with what it must be', async () => {
    const { json } = await post('plain', { inputs: [] });
    expect(json.violations).toEqual([
      { pointer: '/inputs', expected: 'an input "x" (FP32 [N, 2])', received: 'none of that name' },
    ]);
    expect((await post('plain', {})).json.violations[0]).toEqual({
      pointer: '/inputs',
      expected: 'an array of inputs',
      received: 'nothing',
    });
  });

  test.each([
    ['no JSON', 'hello', {}, 400, 'invalid-payload', 'The body is not JSON: expected a JSON value at byte 0'],
    ['an array', '[1]', {}, 400, 'invalid-payload', 'The body must be a JSON object'],
    ['too deep', '{"inputs":' + '['.repeat(200), {}, 400, 'invalid-payload', 'at most 100 levels'],
    [
      'a wrong length header',
      '{}',
      { 'inference-header-content-length': '99' },
      400,
      'invalid-parameter',
      '99',
    ],
    ['a body over the limit', 'x'.repeat(100_001), {}, 413, 'payload-too-large', '100000 bytes'],
  ])('%s is refused with a text in "error"', async (_, body, headers, status, code, text) => {
    const answer = await post('plain', body, { headers });
    expect([answer.status, answer.json.code]).toEqual([status, code]);
    expect(answer.json.error).toContain(text);
  });

  test('problem+json only where Accept names it', async () => {
    const { headers } = await post('plain', 'no', { headers: { accept: 'application/problem+json' } });
    expect(headers['content-type']).toBe('application/problem+json');
  });

  test('an unknown model or version is 404 and says what there is', async () => {
    const model = await post('plane', { inputs: [x] });
    const version = await post('plain', { inputs: [x] }, { version: '9' });
    expect([model.status, model.json.error]).toEqual([404, 'There is no model "plane"; near it: plain']);
    expect([version.status, version.json.error]).toEqual([
      404,
      'Model "plain" has no version "9"; it has 1, 2',
    ]);
  });

  test('a run that fails inside the model is a 500 without native paths, and logged', async () => {
    const input = (name: string, size: number) => ({
      name,
      shape: [size],
      datatype: 'FP32',
      data: new Array(size).fill(1),
    });
    const { status, json, logged } = await post('mismatched', { inputs: [input('a', 2), input('b', 3)] });
    expect([status, json.code]).toEqual([500, 'inference-failed']);
    expect(json.error).not.toMatch(/\.cc|::/);
    expect(logged).toHaveLength(1);
  });

  test('a classification asked for is said not to be served', async () => {
    const outputs = [{ name: 'y', parameters: { classification: 2 } }];
    expect((await post('plain', { inputs: [x], outputs })).status).toBe(501);
  });

  test('one symbol is one size in all inputs', async () => {
    const input = (name: string, size: number) => ({
      name,
      shape: [size],
      datatype: 'FP32',
      data: new Array(size).fill(1),
    });
    const { status, json } = await post('paired', { inputs: [input('a', 2), input('b', 3)] });
    expect([status, json.violations]).toEqual([
      400,
      [{ pointer: '/inputs/1/shape/0', expected: 'N = 2, as in input "a"', received: '3' }],
    ]);
  });

  test('data beside binary_data_size, and outputs or parameters of the wrong kind, are problems', async () => {
    const input = { ...x, parameters: { binary_data_size: 16 } };
    const { json } = await post('plain', { inputs: [input], outputs: 'y', parameters: [1] });
    const pointers = json.violations.map(({ pointer }) => pointer);
    expect(pointers).toEqual(['/parameters', '/inputs/0/data', '/outputs']);
  });

  test('a model that cannot be had now answers 503 with Retry-After', async () => {
    const gone = new ServingError('model-unavailable', 'It is being loaded', { retryAfterSeconds: 7 });
    const lease = jest.spyOn(app.services.sessions, 'lease').mockRejectedValueOnce(gone);
    const input = { name: 'x', shape: [1], datatype: 'BOOL', data: [true] };
    const answer = await post('flags', { inputs: [input] });
    lease.mockRestore();
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '7']);
  });
});
