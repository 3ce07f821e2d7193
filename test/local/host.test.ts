import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { app } from '@azure/functions';
import { registeredFunctions, registeredHooks } from '../../local/functions-core';
import { type Host, startHost } from '../../local/host';
import { type HostOptions } from '../../local/host-options';
import { hostSummary } from '../../local/host-summary';
import { createLog } from '../../local/log';
import { StartError } from '../../local/start-error';
import { queueTexts, startTestStorage, type TestStorage, upload } from './support/azurite-storage';
import { registerHostApp } from './support/host-app';
import { until } from './support/until';
import { temporaryFolder } from './support/temporary-folder';

let storage: TestStorage;
let appFolder: string;
const lines: string[] = [];
const events: string[] = [];
let hosts: Host[] = [];

beforeAll(async () => {
  storage = await startTestStorage();
  appFolder = temporaryFolder();
  writeFileSync(
    join(appFolder, 'host.json'),
    JSON.stringify({
      version: '2.0',
      extensions: {
        http: { routePrefix: 'api', maxConcurrentRequests: -1 },
        durableTask: { hubName: 'TestHub' },
        queues: { visibilityTimeout: '00:00:00' },
      },
    }),
  );
  writeFileSync(join(appFolder, 'host2.json'), JSON.stringify({ version: '2.0' }));
  registerHostApp(events);
});
afterAll(() => storage.stop());
afterEach(async () => {
  await Promise.all(hosts.map((host) => host.stop()));
  hosts = [];
  lines.length = 0;
  events.length = 0;
});

async function start(options: Partial<HostOptions> = {}): Promise<Host> {
  const host = await startHost({
    appFolder,
    dataFolder: temporaryFolder(),
    functionFiles: [],
    port: 0,
    pollMs: 20,
    graceMs: 2_000,
    storage: storage.connectionString,
    log: createLog('debug', (line) => lines.push(line)),
    ...options,
  });
  hosts.push(host);
  return host;
}

describe.each(['light', 'library'] as const)('startHost, HTTP the %s way', (httpMode) => {
  test('an HTTP function starts an orchestration through the durable client and gets its output', async () => {
    const { url } = await start({ httpMode });
    const response = await fetch(`${url}/api/start`, { method: 'POST', body: '["Ann","Bo"]' });
    expect(await response.json()).toEqual(['hello Ann', 'hello Bo']);
  });
});

describe('startHost', () => {
  test('a blob function gets a durable client and writes its blob and queue outputs', async () => {
    const host = await start();
    await upload(storage.blobs.getContainerClient('drop'), 'one.txt', 'Ann');
    await until(() => events.filter((event) => event.startsWith('message')).length === 2);
    expect(events).toContain('message {"also":"an object"}');
    const id = events.find((event) => /^message "[0-9a-f]+"$/.test(event))?.slice(9, -1) ?? '';
    const status = async (): Promise<{ runtimeStatus?: string; output?: unknown }> =>
      (await (await fetch(`${host.url}/runtime/webhooks/durabletask/instances/${id}`)).json()) as object;
    await until(async () => (await status()).runtimeStatus === 'Completed');
    expect((await status()).output).toEqual(['hello Ann']);
    const written: string[] = [];
    for await (const { name } of storage.blobs.getContainerClient('drop-out').listBlobsFlat())
      written.push(name);
    expect(written).toEqual([expect.stringMatching(/^one\.txt\.[0-9a-f-]{36}\.json$/)]);
    expect(lines.some((line) => line.endsWith('onBlob: took one.txt'))).toBe(true);
  });

  test('an HTTP function with further outputs is called through the library, and they are written', async () => {
    const { url } = await start();
    expect((await fetch(`${url}/api/with-output`, { method: 'POST', body: 'to the queue' })).status).toBe(
      202,
    );
    expect(await queueTexts(storage.queues, 'plain-texts')).toEqual(['to the queue']);
  });

  test('hooks, timers and warmup run; a failing warmup and unknown triggers are logged and stop nothing', async () => {
    const host = await start();
    await until(() => events.includes('timer') && events.includes('warmup'));
    expect(events[0]).toBe('appStart');
    expect(lines.some((line) => line.includes('warm failed: Error: warmup failed'))).toBe(true);
    expect(lines.some((line) => line.includes('odd: trigger type oddTrigger is not served'))).toBe(true);
    await Promise.all([host.stop(), host.stop()]);
    expect(events.at(-1)).toBe('appTerminate');
    expect(events.filter((event) => event === 'appTerminate')).toHaveLength(1);
  });

  test('functions see the settings of a host, which are put back at the end', async () => {
    const before = process.env['WEBSITE_HOSTNAME'];
    const host = await start();
    const { url } = host;
    expect(await (await fetch(`${url}/api/env`)).json()).toEqual([
      url.slice(7),
      'node',
      storage.connectionString,
    ]);
    await host.stop();
    expect(process.env['WEBSITE_HOSTNAME']).toBe(before);
  });

  test('storage may be named by the environment, under either name', async () => {
    process.env['PolyscoreStorage'] = storage.connectionString;
    try {
      const host = await start({ storage: undefined as never });
      expect(host.storage).toEqual({
        url: expect.stringContaining('/devstoreaccount1') as string,
        startedHere: false,
      });
      await host.stop();
    } finally {
      delete process.env['PolyscoreStorage'];
    }
  });

  test('without storage it starts an Azurite of its own under the data folder', async () => {
    process.env['AzureWebJobsStorage'] = 'UseDevelopmentStorage=true';
    try {
      const host = await start({ storage: undefined as never });
      expect(host.storage.startedHere).toBe(true);
      expect(existsSync(join(host.dataFolder, 'azurite/azurite.pid'))).toBe(true);
      await host.stop();
      expect(existsSync(join(host.dataFolder, 'azurite/azurite.pid'))).toBe(false);
    } finally {
      delete process.env['AzureWebJobsStorage'];
    }
  });

  test('with function keys, webhooks ask for the key; the durable client needs none', async () => {
    const { url } = await start({ functionKeys: 'master=top,default=abc' });
    const code = async (path: string, headers: Record<string, string> = {}): Promise<number> =>
      (await fetch(`${url}${path}`, { headers })).status;
    expect([await code('/api/keyed'), await code('/api/keyed?code=abc')]).toEqual([401, 200]);
    const webhook = '/runtime/webhooks/durabletask/instances/none';
    expect([
      await code(webhook),
      await code(`${webhook}?code=abc`),
      await code(`${webhook}?code=top`),
    ]).toEqual([401, 401, 404]);
    expect([
      await code('/durabletask/instances/none'),
      await code('/durabletask/instances/none', { 'x-forwarded-for': '192.0.2.1' }),
    ]).toEqual([404, 401]);
  });

  test('a webhook that fails is answered 500 and logged', async () => {
    const host = await start();
    const response = await fetch(`${host.url}/durabletask/instances/%zz`, { method: 'GET' });
    expect([400, 404]).toContain(response.status);
  });

  test('it tells what runs', async () => {
    const summary = hostSummary(await start()).join('\n');
    for (const line of [
      'POST      /api/start  start',
      'blob     drop/{name}  onBlob',
      'queue    greeted  onMessage',
      'timer    0 0 0 1 1 *  atStart',
      'warmup   warm',
      'durable  greetAll',
      'activity greet',
    ])
      expect(summary).toContain(line);
  });

  test('a hook that fails while stopping is logged, and the rest is stopped', async () => {
    const hook = app.hook.appTerminate(() => {
      throw new Error('terminate failed');
    });
    const host = await start();
    const { url } = host;
    await host.stop();
    hook.dispose();
    expect(lines.some((line) => line.includes('While stopping: Error: terminate failed'))).toBe(true);
    await expect(fetch(`${url}/api/env`)).rejects.toThrow();
  });

  test('a function whose trigger cannot start is named, and nothing is left running', async () => {
    const dataFolder = temporaryFolder();
    app.timer('badTimer', { schedule: 'never', handler: () => undefined });
    await expect(start({ dataFolder })).rejects.toThrow(
      /Function badTimer cannot be started: Schedule "never"/,
    );
    registeredFunctions.delete('badTimer');
    await start({ dataFolder }); // the data folder is free again
  });

  test('an app without built files says how to build them', async () => {
    const empty = temporaryFolder();
    const hostJson = join(appFolder, 'host2.json');
    const options = { appFolder: empty, hostJson, functionFiles: undefined as never };
    writeFileSync(join(empty, 'package.json'), '{"main":"dist/functions/*.js"}');
    await expect(start(options)).rejects.toThrow(/No built functions at .*npm run build/);
    writeFileSync(join(empty, 'package.json'), '{}');
    await expect(start(options)).rejects.toThrow(StartError);
    expect(readdirSync(empty)).toEqual(['package.json']);
  });
});

afterAll(() => {
  registeredHooks.clear();
});
