import { app, type InvocationContext, output } from '@azure/functions';
import * as df from 'durable-functions';

const queueOutput = output.storageQueue({ queueName: 'greeted', connection: 'AzureWebJobsStorage' });
const textOutput = output.storageQueue({ queueName: 'plain-texts', connection: 'AzureWebJobsStorage' });

/** Functions of every kind; what they do shows in `events`. */
export function registerHostApp(events: string[]): void {
  df.app.orchestration('greetAll', function* (context: df.OrchestrationContext) {
    const names = context.df.getInput<string[]>();
    const tasks = names.map((name) => context.df.callActivity('greet', { name }));
    const greetings: unknown = yield context.df.Task.all(tasks);
    return greetings;
  });
  df.app.activity('greet', { handler: ({ name }: { name: string }) => `hello ${name}` });
  app.http('start', {
    route: 'start',
    methods: ['POST'],
    extraInputs: [df.input.durableClient()],
    handler: async (request, context) => {
      const client = df.getClient(context);
      const id = await client.startNew('greetAll', { input: await request.json() });
      return client.waitForCompletionOrCreateCheckStatusResponse(request, id, {
        timeoutInMilliseconds: 8_000,
        retryIntervalInMilliseconds: 50,
      });
    },
  });
  app.storageBlob('onBlob', {
    path: 'drop/{name}',
    connection: 'AzureWebJobsStorage',
    extraInputs: [df.input.durableClient()],
    return: output.storageBlob({
      path: 'drop-out/{name}.{rand-guid}.json',
      connection: 'AzureWebJobsStorage',
    }),
    extraOutputs: [queueOutput],
    handler: async (blob: unknown, context: InvocationContext) => {
      const id = await df.getClient(context).startNew('greetAll', { input: [String(blob)] });
      context.extraOutputs.set(queueOutput, [id, { also: 'an object' }]);
      context.log('took %s', context.triggerMetadata?.['name']);
      return { blob: String(blob) };
    },
  });
  app.storageQueue('onMessage', {
    queueName: 'greeted',
    connection: 'AzureWebJobsStorage',
    handler: (message: unknown) => void events.push(`message ${JSON.stringify(message)}`),
  });
  app.timer('atStart', {
    schedule: '0 0 0 1 1 *',
    runOnStartup: true,
    handler: () => void events.push('timer'),
  });
  app.warmup('warm', {
    handler: () => {
      events.push('warmup');
      throw new Error('warmup failed');
    },
  });
  app.http('withOutput', {
    route: 'with-output',
    methods: ['POST'],
    extraOutputs: [textOutput],
    handler: async (request, context) => {
      context.extraOutputs.set(textOutput, await request.text());
      return { status: 202 };
    },
  });
  app.generic('odd', { trigger: { type: 'oddTrigger', name: 'odd' }, handler: () => undefined });
  app.http('env', {
    route: 'env',
    methods: ['GET'],
    handler: () => ({
      jsonBody: [
        process.env['WEBSITE_HOSTNAME'],
        process.env['FUNCTIONS_WORKER_RUNTIME'],
        process.env['PolyscoreStorage'],
      ],
    }),
  });
  app.http('keyed', {
    route: 'keyed',
    methods: ['GET'],
    authLevel: 'function',
    handler: () => ({ body: 'ok' }),
  });
  app.hook.appStart(() => void events.push('appStart'));
  app.hook.appTerminate(() => void events.push('appTerminate'));
}
