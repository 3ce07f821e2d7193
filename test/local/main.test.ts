import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { isRunning } from '../../local/process-probe';
import { type App, createApp, type HostProcess, runMain } from './support/built-host';
import { until } from './support/until';

const functions = `
const { app } = require('@azure/functions');
const fs = require('node:fs');
app.http('hello', { route: 'hello/{name?}', methods: ['GET'], handler: ({ params }) => ({ body: 'hello ' + (params.name ?? 'world') }) });
app.http('storage', { methods: ['GET'], handler: () => ({ body: process.env.PolyscoreStorage }) });
app.http('hangs', { methods: ['GET'], handler: () => new Promise(() => undefined) });
app.http('rejects', { methods: ['GET'], handler: () => { void Promise.reject(new Error('left alone')); return { body: 'ok' }; } });
app.storageBlob('onBlob', { path: 'inbox/{name}', connection: 'AzureWebJobsStorage', handler: (blob, context) => {
  fs.appendFileSync('seen.txt', context.triggerMetadata.blobTrigger + ' ' + blob + '\\n');
} });
app.timer('tick', { schedule: '0 0 0 1 1 *', handler: () => undefined });
app.hook.appTerminate(() => fs.writeFileSync('terminated.txt', 'yes'));
`;

const started: HostProcess[] = [];
afterEach(async () => {
  for (const host of started.splice(0)) {
    host.child.kill('SIGKILL');
    await host.exit;
  }
});

function run(app: App, args?: readonly string[], environment?: Record<string, string>): HostProcess {
  const host = runMain(app, args, environment);
  started.push(host);
  return host;
}
const azuritePid = (app: App): number => Number(readFileSync(join(app.data, 'azurite/azurite.pid'), 'utf8'));
const seen = (app: App): string =>
  existsSync(join(app.folder, 'seen.txt')) ? readFileSync(join(app.folder, 'seen.txt'), 'utf8') : '';
async function inbox(url: string): Promise<ReturnType<BlobServiceClient['getContainerClient']>> {
  const connection = await (await fetch(`${url}/storage`)).text();
  return BlobServiceClient.fromConnectionString(connection).getContainerClient('inbox');
}

describe('npm start', () => {
  test('it serves HTTP, watches blobs, tells what it runs, and Ctrl-C ends everything with 0', async () => {
    const app = createApp(functions);
    const host = run(app);
    const url = await host.url();
    expect(await (await fetch(`${url}/hello/you`)).text()).toBe('hello you');
    await (await inbox(url)).getBlockBlobClient('a.txt').upload('bytes', 5);
    await until(() => seen(app) === 'inbox/a.txt bytes\n');
    expect(await (await fetch(`${url}/rejects`)).text()).toBe('ok');
    await until(() => host.stderr().includes('left alone'));
    const pid = azuritePid(app);
    for (const line of [
      'storage  http://127.0.0.1',
      '(Azurite, started here)',
      `data     ${app.data}`,
      '/hello/{name?}  hello',
      'blob     inbox/{name}  onBlob',
      'timer    0 0 0 1 1 *  tick',
    ])
      expect(host.stdout()).toContain(line);

    host.child.kill('SIGINT');
    expect(await host.exit).toBe(0);
    expect(isRunning(pid, app.data)).toBe(false);
    expect(readFileSync(join(app.folder, 'terminated.txt'), 'utf8')).toBe('yes');
  });

  test('after kill -9 Azurite writes its data and ends; the next host goes on where the first stopped', async () => {
    const app = createApp(functions);
    const first = run(app);
    const container = await inbox(await first.url());
    await container.getBlockBlobClient('a.txt').upload('one', 3);
    await until(() => seen(app).includes('a.txt'));
    await container.getBlockBlobClient('b.txt').upload('two', 3);
    const pid = azuritePid(app);
    first.child.kill('SIGKILL');
    expect(await first.exit).toBe('SIGKILL');

    const second = run(app);
    const again = await inbox(await second.url());
    expect(isRunning(pid, app.data)).toBe(false);
    await again.getBlockBlobClient('c.txt').upload('three', 5);
    await until(() => seen(app).includes('c.txt') && seen(app).includes('b.txt'));
    expect(seen(app).match(/b\.txt two/g)?.length).toBeGreaterThanOrEqual(1);
  });

  test('a second Ctrl-C ends it at once, while a request still runs', async () => {
    const host = run(createApp(functions));
    const url = await host.url();
    const hanging = fetch(`${url}/hangs`).catch(() => 'cut');
    await until(async () => (await fetch(`${url}/hello`)).ok);
    host.child.kill('SIGINT');
    host.child.kill('SIGINT'); // npm forwards what the terminal has sent already
    await until(() => host.stdout().includes('SIGINT: stopping'));
    expect(host.child.exitCode).toBeNull();
    await until(() => !host.child.kill('SIGTERM'));
    expect(await host.exit).toBe(130);
    expect(await hanging).toBe('cut');
  });

  test('when Azurite dies, the host says so and ends with 1', async () => {
    const app = createApp(functions);
    const host = run(app);
    await host.url();
    process.kill(azuritePid(app), 'SIGKILL');
    expect(await host.exit).toBe(1);
    expect(host.stderr()).toContain('Azurite has ended by itself; stopping');
  });
});

describe('npm start that cannot start', () => {
  const app = (): App => createApp(functions);
  const failure = async (host: HostProcess): Promise<[number | string, string]> => [
    await host.exit,
    host.stderr(),
  ];

  test('a taken port is named, with the settings that change it', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const [code, text] = await failure(run(app(), ['start', '--port', String(port)]));
    expect([code, text]).toEqual([
      1,
      expect.stringMatching(new RegExp(`Port ${port} .*taken.*--port or POLYSCORE_PORT`)),
    ]);
    taken.close();
  });

  test('a second host on the same data folder says so, whatever its port', async () => {
    const shared = app();
    await run(shared).url();
    const [code, text] = await failure(run(shared));
    expect([code, text]).toEqual([
      1,
      expect.stringMatching(/Another host works on the data folder .*--data or POLYSCORE_DATA/),
    ]);
  });

  test.each([
    [
      'a data folder that cannot be written',
      ['start', '--port', '0', '--data', 'package.json/data'],
      {},
      1,
      /data folder .*package\.json\/data cannot be written .*--data or POLYSCORE_DATA/,
    ],
    [
      'storage that does not answer',
      ['start', '--port', '0'],
      {
        POLYSCORE_STORAGE:
          'DefaultEndpointsProtocol=http;AccountName=a;AccountKey=aaaa;BlobEndpoint=http://127.0.0.1:9/a;QueueEndpoint=http://127.0.0.1:9/a',
      },
      1,
      /Storage at .*127\.0\.0\.1:9.* does not answer .*POLYSCORE_STORAGE/,
    ],
    [
      'storage that is neither',
      ['start', '--port', '0'],
      { POLYSCORE_STORAGE: 'https://example.org' },
      1,
      /POLYSCORE_STORAGE: expected a connection string or https/,
    ],
    [
      'a port that is none',
      ['start', '--port', '99999'],
      {},
      1,
      /POLYSCORE_PORT: expected a whole number from 0 to 65535, got "99999"/,
    ],
    [
      'two bad settings',
      [],
      { POLYSCORE_HTTP_MODE: 'fast', POLYSCORE_LOG: 'loud' },
      1,
      /POLYSCORE_HTTP_MODE: .*POLYSCORE_LOG: /,
    ],
    ['an unknown option', ['start', '--colour'], {}, 2, /Unknown option '--colour'[^]*Usage: npm start/],
    ['an unknown command', ['deploy'], {}, 2, /Unknown command "deploy"[^]*Usage: npm start/],
    ['an argument too many', ['start', 'again'], {}, 2, /Unknown argument "again"/],
    [
      'a host.json that is not there',
      ['start', '--host-json', 'other.json'],
      {},
      1,
      /other\.json cannot be read: .*--host-json/,
    ],
  ])('%s', async (_what, args, environment, code, message) => {
    expect(await failure(run(app(), args, environment))).toEqual([code, expect.stringMatching(message)]);
  });

  test('a host.json that is wrong names each place', async () => {
    const wrong = createApp(functions, {
      version: '2.0',
      extensions: { http: { routePrefix: 5 }, queues: { batchSize: 0, visibilityTimeout: 'soon' } },
    });
    const [code, text] = await failure(run(wrong));
    expect(code).toBe(1);
    expect(text).toMatch(
      /host\.json: extensions\.http\.routePrefix: .*extensions\.queues\.batchSize: .*extensions\.queues\.visibilityTimeout: expected a time span/,
    );
    expect(await failure(run(createApp(functions, '{"version": 2,}')))).toEqual([
      1,
      expect.stringMatching(/host\.json cannot be read: .*JSON/),
    ]);
  });

  test('an app file that throws stops the start and is named; Azurite goes too', async () => {
    const broken = createApp(
      `require('node:fs').writeFileSync('pid.txt', require('node:fs').readFileSync('.polyscore/azurite/azurite.pid')); throw new Error('bad file');`,
    );
    expect(await failure(run(broken))).toEqual([
      1,
      expect.stringMatching(/app\.js could not be loaded: Error: bad file/),
    ]);
    expect(isRunning(Number(readFileSync(join(broken.folder, 'pid.txt'), 'utf8')), broken.data)).toBe(false);
  });

  test('local.settings.json fills settings that are not set, and is named where it is wrong', async () => {
    const own = app();
    writeFileSync(
      join(own.folder, 'local.settings.json'),
      JSON.stringify({ Values: { POLYSCORE_PORT: 'x' } }),
    );
    expect(await failure(run(own, ['start']))).toEqual([
      1,
      expect.stringContaining('POLYSCORE_PORT: expected a whole number'),
    ]);
    writeFileSync(join(own.folder, 'local.settings.json'), JSON.stringify({ Values: { a: 1 } }));
    expect(await failure(run(own, ['start']))).toEqual([
      1,
      expect.stringMatching(/local\.settings\.json: Values\.a: /),
    ]);
    writeFileSync(join(own.folder, 'local.settings.json'), '{');
    expect(await failure(run(own, ['start']))).toEqual([
      1,
      expect.stringMatching(/local\.settings\.json: .*JSON/),
    ]);
  });

  test('--help tells the options', async () => {
    const host = run(app(), ['--help']);
    expect(await host.exit).toBe(0);
    expect(host.stdout()).toMatch(/--port <n>[^]*--data <folder>[^]*--host-json <file>/);
  });
});
