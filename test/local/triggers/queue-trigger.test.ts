import { app, type InvocationContext } from '@azure/functions';
import { registeredFunctions, type RegisteredFunction } from '../../../local/functions-core';
import { invokeFunction } from '../../../local/invocation';
import { createLog } from '../../../local/log';
import { startQueueTrigger } from '../../../local/triggers/queue-trigger';
import { type Trigger } from '../../../local/triggers/trigger';
import { queueTexts, startTestStorage, type TestStorage } from '../support/azurite-storage';
import { until } from '../support/until';

let storage: TestStorage;
let trigger: Trigger;
const calls: { readonly input: unknown; readonly metadata: Record<string, unknown> }[] = [];
const lines: string[] = [];
let work: (input: unknown) => Promise<void> = () => Promise.resolve();

beforeAll(async () => {
  storage = await startTestStorage();
  app.storageQueue('onMessage', {
    queueName: 'work-items',
    connection: '',
    handler: async (input: unknown, context: InvocationContext) => {
      calls.push({ input, metadata: context.triggerMetadata ?? {} });
      await work(input);
    },
  });
  trigger = await startQueueTrigger({
    fn: registeredFunctions.get('onMessage') as RegisteredFunction,
    environment: storage.environment,
    log: createLog('debug', (line) => lines.push(line)),
    invoke: invokeFunction,
    pollMs: 20,
    queues: { batchSize: 4, maxDequeueCount: 3, visibilityTimeout: 0, messageEncoding: 'base64' },
  });
});
afterAll(async () => {
  await trigger.stop();
  await storage.stop();
});
beforeEach(() => {
  calls.length = 0;
  work = () => Promise.resolve();
});

const send = (text: string): Promise<unknown> =>
  storage.queues.getQueueClient('work-items').sendMessage(text);
const isEmpty = async (): Promise<boolean> =>
  ((await storage.queues.getQueueClient('work-items').getProperties()).approximateMessagesCount ?? 0) === 0;

describe('startQueueTrigger', () => {
  test('a message reaches the function, parsed where it is JSON, and is then gone', async () => {
    await send(Buffer.from('{"job":1}').toString('base64'));
    await until(() => calls.length === 1);
    expect(calls[0]?.input).toEqual({ job: 1 });
    expect(calls[0]?.metadata).toMatchObject({ dequeueCount: 1, queueTrigger: { job: 1 } });
    expect(Object.keys(calls[0]?.metadata ?? {}).toSorted()).toEqual([
      'dequeueCount',
      'expirationTime',
      'id',
      'insertionTime',
      'nextVisibleTime',
      'popReceipt',
      'queueTrigger',
    ]);
    await until(isEmpty);
  });

  test('text that is not base64 is taken as it is', async () => {
    await send('plain text, not encoded');
    await until(() => calls.length === 1);
    expect(calls[0]?.input).toBe('plain text, not encoded');
  });

  test('a message that keeps failing goes to the poison queue after the last try', async () => {
    work = (input) => (input === 'bad' ? Promise.reject(new Error('message bad')) : Promise.resolve());
    await send(Buffer.from('bad').toString('base64'));
    await until(async () => (await queueTexts(storage.queues, 'work-items-poison')).length > 0);
    expect(calls.map(({ metadata }) => metadata['dequeueCount'])).toEqual([1, 2, 3]);
    expect(await queueTexts(storage.queues, 'work-items-poison')).toEqual(['bad']);
    await until(isEmpty);
    expect(lines.some((line) => line.includes('onMessage gave up on message'))).toBe(true);
  });
});
