import { CONTAINERS } from '../../shared/storage/blob-store';
import { type JobApp, rows, startJobApp } from './job-app';
import { toCsv } from './job-fixture';

let app: JobApp;

beforeAll(async () => {
  app = await startJobApp();
});

afterAll(() => app.stop());

describe('submit', () => {
  const ask = (path: string, settings = {}) =>
    app.fixture.jobs.submit('delay', { input: { container: CONTAINERS.inbox, path }, settings });

  test('the same bytes written twice are one job, one changed byte makes a second', async () => {
    const bytes = toCsv(rows.slice(0, 10));
    const path = await app.upload(bytes, 'csv');
    const first = await ask(path);
    await app.fixture.upload(path, bytes);
    const second = await ask(path);
    expect([first.isNew, second.isNew, second.job.id]).toEqual([true, false, first.job.id]);
    bytes[bytes.length - 2] = 0x39;
    await app.fixture.upload(path, bytes);
    const third = await ask(path);
    expect(third.isNew).toBe(true);
    expect(third.job.id).not.toBe(first.job.id);
  });

  test('a blob without an MD5 is known by its content', async () => {
    const ref = { container: CONTAINERS.inbox, path: 'delay/blocks/blocks.csv' };
    const write = async (text: string): Promise<string> => {
      await app.fixture.store.stageBlock(ref, 'b1', Buffer.from(text));
      await app.fixture.store.commitBlocks(ref, ['b1']);
      const { job } = await ask(ref.path);
      return job.id;
    };
    const first = await write('id,origin\n1,A\n');
    expect((await app.fixture.jobs.find(first)).inputs[0].fingerprint).toMatch(/^sha256:/);
    expect(await write('id,origin\n1,A\n')).toBe(first);
    expect(await write('id,origin\n1,B\n')).not.toBe(first);
  });

  test('ten submissions at once make one job', async () => {
    const path = await app.upload(toCsv(rows.slice(0, 20)), 'csv');
    const submitted = await Promise.all(Array.from({ length: 10 }, () => ask(path)));
    expect(new Set(submitted.map(({ job }) => job.id)).size).toBe(1);
    expect(submitted.filter(({ isNew }) => isNew)).toHaveLength(1);
  });

  test('other settings are another job', async () => {
    const path = await app.upload(toCsv(rows.slice(0, 20)), 'csv');
    const [a, b] = [await ask(path), await ask(path, { outputFileName: 'other' })];
    expect(a.job.id).not.toBe(b.job.id);
  });

  test.each([
    [
      'an unknown endpoint',
      () =>
        app.fixture.jobs.submit('nobody', {
          input: { container: CONTAINERS.inbox, path: 'x' },
          settings: {},
        }),
      'endpoint-not-found',
    ],
    [
      'an unknown deployment',
      () =>
        app.fixture.jobs.submit('delay', {
          deployment: 'nobody',
          input: { container: CONTAINERS.inbox, path: 'x' },
          settings: {},
        }),
      'not-found',
    ],
    ['an unknown blob', () => ask('delay/nothing.csv'), 'invalid-input'],
    [
      'a prefix without blobs',
      () =>
        app.fixture.jobs.submit('delay', {
          input: { container: CONTAINERS.inbox, prefix: 'nothing/' },
          settings: {},
        }),
      'invalid-input',
    ],
  ])('%s is refused', async (_, submit, code) => {
    await expect(submit()).rejects.toMatchObject({ code });
  });

  test('the deployment with the most traffic scores, unless one is named', async () => {
    const endpoint = await app.fixture.endpoints.get('delay');
    const [deployment] = endpoint.deployments;
    if (!deployment) throw new Error('the fixture has a deployment');
    const deployments = [deployment, { ...deployment, name: 'green' }];
    await app.fixture.endpoints.put({
      ...endpoint,
      name: 'split',
      deployments,
      traffic: { 'by-route': 10, green: 90 },
    });
    const path = await app.upload(toCsv(rows.slice(0, 5)), 'csv');
    const input = { container: CONTAINERS.inbox, path };
    const { job } = await app.fixture.jobs.submit('split', { input, settings: {} });
    const named = await app.fixture.jobs.submit('split', { input, settings: {}, deployment: 'by-route' });
    expect([job.deployment, named.job.deployment]).toEqual(['green', 'by-route']);
  });
});
