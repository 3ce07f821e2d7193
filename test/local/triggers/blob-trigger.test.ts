import { app, type InvocationContext } from '@azure/functions';
import { ResourceFactoryResolver } from '@azure/functions-extensions-base';
import { registeredFunctions, type RegisteredFunction } from '../../../local/functions-core';
import { type InvocationRequest, invokeFunction } from '../../../local/invocation';
import { createLog } from '../../../local/log';
import { startBlobTrigger, type BlobTriggerOptions } from '../../../local/triggers/blob-trigger';
import { type Trigger } from '../../../local/triggers/trigger';
import { queueTexts, startTestStorage, type TestStorage, upload } from '../support/azurite-storage';
import { recordings } from '../support/recordings';
import { until } from '../support/until';

interface Call {
  readonly input: unknown;
  readonly metadata: NonNullable<InvocationContext['triggerMetadata']>;
}

let storage: TestStorage;
const calls: Call[] = [];
const requests: InvocationRequest[] = [];
const lines: string[] = [];
let running = 0;
let mostRunning = 0;
let work: (call: Call) => Promise<void> = () => Promise.resolve();
const triggers: Trigger[] = [];

beforeAll(async () => {
  storage = await startTestStorage();
  const handler = async (input: unknown, context: InvocationContext): Promise<void> => {
    const call = { input, metadata: context.triggerMetadata ?? {} };
    mostRunning = Math.max(mostRunning, ++running);
    calls.push(call);
    await work(call).finally(() => running--);
  };
  const connection = 'AzureWebJobsStorage';
  app.storageBlob('incoming', { path: 'incoming/{name}', connection, handler });
  app.storageBlob('parts', { path: '%PARTS%/{folder}/{file}.{ext}', connection, handler });
  app.storageBlob('deferred', { path: 'deferred/{name}', connection, sdkBinding: true, handler });
  app.storageBlob('elsewhere', { path: 'x/{name}', connection: 'NotSet', handler });
});
afterAll(() => storage.stop());

beforeEach(() => {
  for (const list of [calls, requests, lines]) list.length = 0;
  mostRunning = 0;
  work = () => Promise.resolve();
});
afterEach(async () => {
  await Promise.all(triggers.splice(0).map((trigger) => trigger.stop()));
});

async function start(name: string, options: Partial<BlobTriggerOptions> = {}): Promise<Trigger> {
  const trigger = await startBlobTrigger({
    fn: registeredFunctions.get(name) as RegisteredFunction,
    environment: { ...storage.environment, PARTS: 'parts' },
    log: createLog('debug', (line) => lines.push(line)),
    pollMs: 20,
    concurrency: 2,
    poisonThreshold: 3,
    invoke: (functionName, request) => {
      requests.push(request);
      return invokeFunction(functionName, request);
    },
    ...options,
  });
  triggers.push(trigger);
  return trigger;
}
const container = (name: string): ReturnType<TestStorage['blobs']['getContainerClient']> =>
  storage.blobs.getContainerClient(name);
const stopAll = (): Promise<void[]> => Promise.all(triggers.splice(0).map((trigger) => trigger.stop()));

describe('startBlobTrigger', () => {
  test('a blob reaches the function with the data and metadata of the real host', async () => {
    await start('incoming');
    const etag = await upload(container('incoming'), 'a.bin', 'hello');
    await until(() => calls.length === 1);
    expect(calls[0]?.input).toEqual(Buffer.from('hello'));
    expect(calls[0]?.metadata).toMatchObject({
      blobTrigger: 'incoming/a.bin',
      uri: container('incoming').getBlobClient('a.bin').url,
      metadata: { k: 'v' },
      properties: {
        length: 5,
        contentMD5: 'XUFAKrxLKna5cZ2REBfFkg==',
        eTag: etag,
        blobType: 2,
        contentType: 'application/octet-stream',
      },
      name: 'a.bin',
    });
    const recorded = recordings('invocations-rpc-blob.json')?.['onBlob']?.[0]?.request;
    if (!recorded) return;
    const sent = requests[0]?.triggerMetadata ?? {};
    expect(Object.keys(sent)).toEqual(Object.keys(recorded.triggerMetadata));
    const shape = (json = '{}'): string[] =>
      Object.entries(JSON.parse(json) as object).map(([key, value]) => `${key}:${typeof value}`);
    expect(shape(sent['Properties']?.json)).toEqual(shape(recorded.triggerMetadata['Properties']?.json));
  });

  test('each version of a blob is had once, also over a restart', async () => {
    await start('incoming');
    await upload(container('incoming'), 'once.txt', 'one');
    await until(() => calls.some(({ metadata }) => metadata['name'] === 'once.txt'));
    await upload(container('incoming'), 'once.txt', 'two');
    await until(() => calls.filter(({ metadata }) => metadata['name'] === 'once.txt').length === 2);
    await stopAll();
    calls.length = 0;

    await start('incoming');
    await upload(container('incoming'), 'later.txt', 'three');
    await until(() => calls.length > 0);
    expect(calls.map(({ metadata }) => metadata['name'])).toEqual(['later.txt']);
  });

  test('settings in the path are resolved; names with spaces and beyond ASCII work; an empty blob is empty bytes', async () => {
    await start('parts');
    await upload(container('parts'), 'f/α b.tar.gz', '');
    await upload(container('parts'), 'no-folder', 'not for it');
    await until(() => calls.length === 1);
    expect(calls[0]?.input).toEqual(Buffer.alloc(0));
    expect(calls[0]?.metadata).toMatchObject({
      blobTrigger: 'parts/f/α b.tar.gz',
      folder: 'f',
      file: 'α b.tar',
      ext: 'gz',
    });
    expect(calls[0]?.metadata['uri']).toMatch(/%CE%B1%20b\.tar\.gz$/);
  });

  test('with sdkBinding the function gets what the resource factory makes of a reference, without a download', async () => {
    const resolver = ResourceFactoryResolver.getInstance();
    resolver.registerResourceFactory(
      'AzureStorageBlobs',
      (data: unknown) => JSON.parse(String((data as { content: Buffer }).content)) as object,
    );
    await start('deferred');
    await upload(container('deferred'), 'big.parquet', 'x');
    await until(() => calls.length === 1);
    expect(calls[0]?.input).toEqual({
      Connection: 'AzureWebJobsStorage',
      ContainerName: 'deferred',
      BlobName: 'big.parquet',
    });
    expect(calls[0]?.metadata).toMatchObject({ blobTrigger: 'deferred/big.parquet' });
  });

  test('a version that keeps failing is tried up to the threshold, then reported to the poison queue', async () => {
    work = ({ metadata }) =>
      metadata['name'] === 'bad.txt' ? Promise.reject(new Error('blob bad')) : Promise.resolve();
    await start('incoming');
    const etag = await upload(container('incoming'), 'bad.txt', 'bad');
    await until(() => lines.some((line) => line.includes('gave up on incoming/bad.txt')));
    await stopAll();
    expect(calls.filter(({ metadata }) => metadata['name'] === 'bad.txt')).toHaveLength(3);
    const poison = (await queueTexts(storage.queues, 'webjobs-blobtrigger-poison')).map((text): unknown =>
      JSON.parse(text),
    );
    expect(poison).toEqual([
      {
        Type: 'BlobTrigger',
        FunctionId: 'Host.Functions.incoming',
        BlobType: 'BlockBlob',
        ContainerName: 'incoming',
        BlobName: 'bad.txt',
        ETag: etag,
      },
    ]);

    calls.length = 0;
    await start('incoming');
    await upload(container('incoming'), 'good.txt', 'good');
    await until(() => calls.length > 0);
    expect(calls.map(({ metadata }) => metadata['name'])).toEqual(['good.txt']);
  });

  test('failed tries count over a restart', async () => {
    let failures = 0;
    work = () => Promise.reject(new Error(`no ${++failures}`));
    await start('parts', { poisonThreshold: 2 });
    await upload(container('parts'), 'g/try.me', 'x');
    await until(() => failures === 1);
    await stopAll();
    await start('parts', { poisonThreshold: 2 });
    await until(() => lines.some((line) => line.includes('gave up on parts/g/try.me')));
    expect(failures).toBe(2);
  });

  test('no more blobs are in work at once than the limit, and stop waits for them', async () => {
    const gates: (() => void)[] = [];
    work = () => new Promise((resolve) => gates.push(resolve));
    await start('parts');
    for (const index of [1, 2, 3, 4, 5]) await upload(container('parts'), `many/${index}.x`, 'x');
    await until(() => gates.length === 2);
    const stopped = stopAll();
    for (const open of gates) open();
    await stopped;
    expect([mostRunning, running]).toEqual([2, 0]);

    work = () => Promise.resolve();
    await start('parts');
    await until(() => new Set(calls.map(({ metadata }) => metadata['blobTrigger'])).size === 5);
    expect(calls).toHaveLength(5);
  });

  test('a blob that is deleted before its turn is left out', async () => {
    const gates: (() => void)[] = [];
    work = () => new Promise((resolve) => gates.push(resolve));
    await start('incoming', { concurrency: 1 });
    await upload(container('incoming'), 'gone-1', 'x');
    await until(() => gates.length === 1);
    await upload(container('incoming'), 'gone-2', 'x');
    await container('incoming').deleteBlob('gone-2');
    for (const open of gates) open();
    work = () => Promise.resolve();
    await upload(container('incoming'), 'stays', 'x');
    await until(() => calls.some(({ metadata }) => metadata['name'] === 'stays'));
    expect(calls.map(({ metadata }) => metadata['name'])).toEqual(['gone-1', 'stays']);
  });

  test('a connection that no setting names is an error that says so', async () => {
    await expect(start('elsewhere')).rejects.toThrow(/neither NotSet nor NotSet__blobServiceUri is set/);
  });
});
