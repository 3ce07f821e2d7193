import { CONTAINERS } from '../../shared/storage/blob-store';
import { completed, type JobApp, rows, startJobApp, tally } from './job-app';
import { toCsv } from './job-fixture';

let app: JobApp;

beforeAll(async () => {
  app = await startJobApp();
});

afterAll(() => app.stop());

describe('staged parts', () => {
  test('parts that storage dropped are scored again', async () => {
    const path = await app.upload(toCsv(rows), 'csv');
    const { job } = await app.fixture.jobs.submit('delay', {
      input: { container: CONTAINERS.inbox, path },
      settings: {},
    });
    await app.fixture.jobs.plan({ jobId: job.id });
    await app.fixture.jobs.scoreMiniBatch({ jobId: job.id, index: 0 });
    // Committing nothing and deleting the blob is how uncommitted blocks are dropped at once.
    const ref = { container: CONTAINERS.predictions, path: `${job.outputPrefix}/predictions.csv` };
    await app.fixture.store.commitBlocks(ref, []);
    await app.fixture.store.delete(ref);
    const published = await app.fixture.jobs.publish({ jobId: job.id });
    expect(published).toMatchObject({ ok: true, value: { status: 'incomplete' } });
    expect(
      published.ok && published.value.status === 'incomplete' ? published.value.miniBatches[0] : NaN,
    ).toBe(0);
    expect(completed(await app.fixture.resume(job)).tally).toEqual(tally);
  });

  test('a mini-batch that is done is not scored again', async () => {
    const path = await app.upload(toCsv(rows), 'csv');
    const { job } = await app.fixture.jobs.submit('delay', {
      input: { container: CONTAINERS.inbox, path },
      settings: {},
    });
    await app.fixture.jobs.plan({ jobId: job.id });
    const first = await app.fixture.jobs.scoreMiniBatch({ jobId: job.id, index: 0 });
    await app.fixture.store.delete({ container: CONTAINERS.inbox, path });
    expect(await app.fixture.jobs.scoreMiniBatch({ jobId: job.id, index: 0 })).toEqual(first);
  });
});

describe('describe', () => {
  test('tells state, progress and output from the ledger alone', async () => {
    const path = await app.upload(toCsv(rows), 'csv');
    const { job } = await app.fixture.jobs.submit('delay', {
      input: { container: CONTAINERS.inbox, path },
      settings: {},
    });
    expect(await app.fixture.jobs.describe(job.id, undefined)).toMatchObject({
      id: job.id,
      state: 'NotStarted',
      progress: 0,
    });
    await app.fixture.jobs.plan({ jobId: job.id });
    await app.fixture.jobs.scoreMiniBatch({ jobId: job.id, index: 0 });
    const running = { runtimeStatus: 'Running', output: null, customStatus: null, lastUpdatedAt: new Date() };
    const half = await app.fixture.jobs.describe(job.id, running);
    expect(half).toMatchObject({ state: 'Running', output: null, miniBatches: { done: 1 } });
    expect(half.progress).toBeGreaterThan(0);
    expect(half.progress).toBeLessThan(1);
    await app.fixture.resume(job);
    expect(await app.fixture.jobs.describe(job.id, undefined)).toMatchObject({
      state: 'Completed',
      progress: 1,
      output: { container: 'predictions', path: job.outputPrefix },
    });
    await expect(app.fixture.jobs.describe('nobody', undefined)).rejects.toMatchObject({
      code: 'job-not-found',
    });
  });

  test('jobs are listed page by page, each once', async () => {
    const all = await app.fixture.jobs.list(1_000);
    const pages: string[] = [];
    for (let after: string | undefined; ;) {
      const { ids, hasMore } = await app.fixture.jobs.list(7, after);
      pages.push(...ids);
      after = ids.at(-1);
      if (!hasMore) break;
    }
    expect(pages).toEqual(all.ids);
    expect(new Set(pages).size).toBe(pages.length);
  });
});
