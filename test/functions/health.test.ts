import { readFileSync } from 'node:fs';
import path from 'node:path';
import { HttpRequest } from '@azure/functions';
import { healthLive } from '../../functions/health-live';
import { healthReady } from '../../functions/health-ready';
import { home } from '../../functions/home';
import { serverMetadata } from '../../functions/server-metadata';
import { readBody } from '../../functions/support/request-body';
import { routeValue } from '../../functions/support/route-value';
import { ServingError } from '../../shared/errors';
import { call } from './online-app';

let mockModels = { catalog: (): Promise<unknown> => Promise.resolve({}) };
jest.mock('../../shared/services', () => ({
  services: () => ({
    models: { catalog: () => mockModels.catalog() },
    endpoints: { list: () => Promise.resolve([]) },
    config: { requestDeadlineMs: 1_000 },
  }),
}));

describe('health', () => {
  test('live answers whatever the services do', async () => {
    mockModels = { catalog: () => Promise.reject(new Error('down')) };
    const { status, json } = await call(healthLive);
    expect([status, json]).toEqual([200, { live: true }]);
  });

  test('ready says both live and ready, which every client understands', async () => {
    mockModels = { catalog: () => Promise.resolve({}) };
    const { status, json } = await call(healthReady);
    expect([status, json]).toEqual([200, { live: true, ready: true }]);
  });

  test('not ready while the registry cannot be read', async () => {
    const down = new ServingError('storage-unavailable', 'Storage does not answer');
    mockModels = { catalog: () => Promise.reject(down) };
    const { status, json } = await call(healthReady);
    expect([status, json.error]).toEqual([503, 'Storage does not answer']);
  });

  test('not ready, not a mistake of the caller’s, where a setting is wrong', async () => {
    const wrong = new ServingError('invalid-parameter', 'No storage is configured');
    mockModels = { catalog: () => Promise.reject(wrong) };
    expect((await call(healthReady)).status).toBe(503);
  });

  test('not ready where storage does not answer within four seconds', async () => {
    jest.useFakeTimers();
    mockModels = { catalog: () => new Promise(() => undefined) };
    const answer = call(healthReady);
    await jest.advanceTimersByTimeAsync(4_000);
    jest.useRealTimers();
    expect((await answer).status).toBe(503);
  });
});

describe('the server itself', () => {
  test('its metadata name it, its version and only what it serves', async () => {
    const { json } = await call(serverMetadata);
    const file = readFileSync(path.join(__dirname, '../../package.json'), 'utf8');
    const { version } = JSON.parse(file) as { version: string };
    expect(json).toEqual({
      name: 'polyscore',
      version,
      extensions: ['binary_tensor_data', 'model_repository', 'parameters'],
    });
  });

  test('the root links to what there is', async () => {
    const { json } = await call(home);
    expect(json.links['endpoints']).toBe('http://polyscore.test/endpoints');
  });
});

describe('readBody', () => {
  const requestOf = (bytes: Uint8Array | undefined): HttpRequest =>
    new HttpRequest({ method: 'POST', url: 'http://x/', ...(bytes && { body: { bytes } }) });

  test('a body of unknown length is read in chunks and refused at the limit', async () => {
    expect(Buffer.from(await readBody(requestOf(Buffer.from('abc')), 3)).toString()).toBe('abc');
    await expect(readBody(requestOf(Buffer.alloc(4)), 3)).rejects.toMatchObject({
      code: 'payload-too-large',
    });
    expect((await readBody(requestOf(undefined), 3)).byteLength).toBe(0);
  });
});

describe('routeValue', () => {
  test('a value that the route does not have is a bug', () => {
    expect(() => routeValue(new HttpRequest({ method: 'GET', url: 'http://x/' }), 'model')).toThrow(
      '{model}',
    );
  });
});
