import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDataFolder } from '../../local/data-folder';
import { readHostJson } from '../../local/host-json';
import { functionFiles, loadFunctions } from '../../local/load-functions';
import { readLocalSettings } from '../../local/local-settings';
import { isRunning } from '../../local/process-probe';
import { StartError } from '../../local/start-error';
import { temporaryFolder } from './support/temporary-folder';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});
const write = (name: string, content: unknown): string => {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};

describe('openDataFolder', () => {
  test('a folder is held by one host until it lets go', async () => {
    const first = await openDataFolder(join(folder, 'new/data'));
    await expect(openDataFolder(first.path)).rejects.toThrow(
      /Another host works on the data folder .*POLYSCORE_DATA/,
    );
    await first.release();
    await first.release();
    const second = await openDataFolder(first.path);
    expect(second.subfolder('timers')).toBe(join(first.path, 'timers'));
    await second.release();
  });

  test('a folder that cannot be written is named, with the setting that changes it', async () => {
    const path = join(write('file', 'x'), 'data');
    await expect(openDataFolder(path)).rejects.toThrow(StartError);
    await expect(openDataFolder(path)).rejects.toThrow(
      /file\/data cannot be written .*--data or POLYSCORE_DATA/,
    );
  });
});

// Node's recursive mkdir does not return there. Systems without /proc have no such place to try.
(existsSync('/proc/self') ? test : test.skip)('a folder under /proc is refused, not waited for', async () => {
  await expect(openDataFolder('/proc/polyscore/data')).rejects.toThrow(
    /\/proc\/polyscore\S* cannot be written/,
  );
});

describe('readHostJson', () => {
  test('what host.json leaves out has the default of the Functions host', () => {
    const { extensions } = readHostJson(write('host.json', { version: '2.0' }));
    expect(extensions).toMatchObject({
      http: { routePrefix: 'api', maxConcurrentRequests: Infinity, maxOutstandingRequests: Infinity },
      blobs: { maxDegreeOfParallelism: 8, poisonBlobThreshold: 5 },
      queues: { batchSize: 16, maxDequeueCount: 5, visibilityTimeout: 0, messageEncoding: 'base64' },
      durableTask: { hubName: 'TestHubName' },
    });
  });

  test('time spans are read to milliseconds', () => {
    const span = (visibilityTimeout: string): number =>
      readHostJson(write('host.json', { version: '2.0', extensions: { queues: { visibilityTimeout } } }))
        .extensions.queues.visibilityTimeout;
    expect([span('00:00:30'), span('1.02:03:04.5')]).toEqual([30_000, 93_784_500]);
  });

  test.each([
    [{ version: '1.0' }, /host\.json: version: /],
    [
      { version: '2.0', extensions: { blobs: { poisonBlobThreshold: 0 } } },
      /extensions\.blobs\.poisonBlobThreshold: /,
    ],
    ['{"version": ', /host\.json cannot be read: .*JSON/],
  ])('%j is refused, naming the place', (content, message) => {
    expect(() => readHostJson(write('host.json', content))).toThrow(message);
  });

  test('a missing file is named, with the option that names another', () => {
    expect(() => readHostJson(join(folder, 'none.json'))).toThrow(/none\.json cannot be read: .*--host-json/);
  });
});

describe('readLocalSettings', () => {
  test('Values are settings; no file means none', () => {
    expect(readLocalSettings(join(folder, 'none.json'))).toEqual({});
    expect(
      readLocalSettings(write('local.settings.json', { IsEncrypted: false, Values: { A: 'b' } })),
    ).toEqual({ A: 'b' });
  });

  test.each([
    ['{', /local\.settings\.json: .*JSON/],
    [{ Values: { A: 1 } }, /Values\.A: /],
    [{ IsEncrypted: true }, /IsEncrypted: /],
  ])('%j is refused, naming the place', (content, message) => {
    expect(() => readLocalSettings(write('local.settings.json', content))).toThrow(message);
  });
});

describe('functionFiles', () => {
  test("the files that package.json's main names, in order", () => {
    write('package.json', { main: 'built/*.js' });
    mkdirSync(join(folder, 'built'));
    for (const name of ['b.js', 'a.js', 'a.js.map', 'c.ts']) write(join('built', name), '');
    expect(functionFiles(folder)).toEqual([join(folder, 'built/a.js'), join(folder, 'built/b.js')]);
  });

  test.each([
    [{ main: 'built/*.js' }, /No built functions at .*built\/\*\.js; run npm run build/],
    [{}, /package\.json: expected "main"/],
  ])('a package.json of %j names none, which is an error', (content, message) => {
    write('package.json', content);
    expect(() => functionFiles(folder)).toThrow(message);
  });
});

describe('loadFunctions', () => {
  test('a file that throws is named', () => {
    const path = write('bad.js', 'throw new Error("not today")');
    expect(() => {
      loadFunctions([write('good.js', ''), path]);
    }).toThrow(/bad\.js could not be loaded: Error: not today/);
  });
});

describe('isRunning', () => {
  test('a process counts only while it lives and its command line holds the mark', () => {
    expect(isRunning(process.pid, 'node')).toBe(true);
    expect(isRunning(process.pid, 'no-such-mark')).toBe(false);
    expect(isRunning(2 ** 22 - 3, 'node')).toBe(false);
  });
});
