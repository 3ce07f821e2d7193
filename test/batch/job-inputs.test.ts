import pl from 'nodejs-polars';
import { CONTAINERS } from '../../shared/storage/blob-store';
import { completed, type JobApp, rows, startJobApp, tally } from './job-app';
import { flights, JobFixture, MODELS, toCsv, toFrame, toParquet } from './job-fixture';

let app: JobApp;

beforeAll(async () => {
  app = await startJobApp();
});

afterAll(() => app.stop());

describe('inputs that change', () => {
  test('the same content written again while a job runs does not disturb it', async () => {
    const bytes = toParquet([rows]);
    const path = await app.upload(bytes, 'parquet');
    const { job } = await app.fixture.jobs.submit('delay', {
      input: { container: CONTAINERS.inbox, path },
      settings: {},
    });
    await app.fixture.jobs.plan({ jobId: job.id });
    await app.fixture.upload(path, bytes);
    expect(completed(await app.fixture.resume(job)).tally).toEqual(tally);
  });

  test.each([
    ['parquet', toParquet([rows]), toParquet([flights(4_100)])],
    ['csv', toCsv(rows), toCsv(flights(4_100))],
  ])('%s with other content, or gone, fails the job and says so', async (extension, bytes, other) => {
    const path = await app.upload(bytes, extension);
    const { job } = await app.fixture.jobs.submit('delay', {
      input: { container: CONTAINERS.inbox, path },
      settings: {},
    });
    await app.fixture.upload(path, other);
    expect(await app.fixture.resume(job)).toMatchObject({
      state: 'failed',
      failure: { detail: expect.stringContaining('changed after the job was submitted') as string },
    });
    await app.fixture.store.delete({ container: CONTAINERS.inbox, path });
    expect(await app.fixture.resume(job)).toMatchObject({
      state: 'failed',
      failure: { detail: expect.stringContaining('is gone') as string },
    });
  });

  test('a promotion while a job runs does not change what it scores with', async () => {
    const path = await app.upload(toFrame(rows).writeParquet(), 'parquet');
    const { job } = await app.fixture.jobs.submit('delay', {
      input: { container: CONTAINERS.inbox, path },
      settings: {},
    });
    const other = new JobFixture(app.fixture.store);
    const [model] = MODELS;
    if (!model) throw new Error('the fixture has models');
    await other.models.register({ ...model, version: '2' });
    const end = completed(await app.fixture.resume(job));
    const frame = pl.readParquet(await app.fixture.output(end.job, 'predictions.parquet'));
    expect(new Set(frame.getColumn('version').toArray())).toEqual(new Set(['1']));
    const next = await app.fixture.jobs.submit('delay', {
      input: { container: CONTAINERS.inbox, path },
      settings: {},
    });
    expect(next.job.id).not.toBe(job.id);
    await other.close();
  });
});
