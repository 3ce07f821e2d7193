import { modelMetadata } from '../../functions/model-metadata';
import { modelNames } from '../../functions/model-names';
import { modelReady } from '../../functions/model-ready';
import { repositoryIndex } from '../../functions/repository-index';
import { call, type OnlineApp, startOnlineApp } from './online-app';

let app: OnlineApp;
const mockServices = (): OnlineApp['services'] => app.services;
jest.mock('../../shared/services', () => ({ services: () => mockServices() }));

beforeAll(async () => {
  app = await startOnlineApp();
});
afterAll(() => app.stop());

describe('Open Inference discovery', () => {
  test('model metadata has versions, datatypes and shapes', async () => {
    const { json } = await call(modelMetadata, { params: { model: 'plain' } });
    expect(json).toEqual({
      name: 'plain',
      versions: ['1', '2'],
      platform: 'onnxruntime_onnx',
      inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }],
      outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 1] }],
    });
    expect((await call(modelMetadata, { params: { model: 'plain', version: '7' } })).status).toBe(404);
  });

  test('a model is ready whether loaded or not; an unknown one is 404', async () => {
    expect((await call(modelReady, { params: { model: 'texts' } })).json).toEqual({
      name: 'texts',
      ready: true,
    });
    expect((await call(modelReady, { params: { model: 'nope' } })).status).toBe(404);
  });

  test('a broken model is not ready, and the index says why', async () => {
    const failure = jest
      .spyOn(app.services.sessions, 'failure')
      .mockImplementation(({ model }) => (model === 'texts' ? 'the file is cut short' : undefined));
    const ready = await call(modelReady, { params: { model: 'texts' } });
    const index = await call(repositoryIndex, { method: 'POST' });
    const onlyReady = await call(repositoryIndex, { method: 'POST', body: '{"ready":true}' });
    failure.mockRestore();
    expect([ready.status, ready.json.error]).toEqual([
      503,
      'Model "texts" is not ready: the file is cut short',
    ]);
    const entry = { name: 'texts', version: '1', state: 'UNAVAILABLE', reason: 'the file is cut short' };
    expect(index.json).toContainEqual(entry);
    expect(index.json).toContainEqual({ name: 'plain', version: '2', state: 'READY', reason: '' });
    expect(onlyReady.json).not.toContainEqual(entry);
  });

  test('all names are listed', async () => {
    expect((await call(modelNames)).json.models).toContain('route-JFK-LAX');
  });
});
