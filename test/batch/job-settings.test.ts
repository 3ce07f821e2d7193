import { CONTAINERS } from '../../shared/storage/blob-store';
import { completed, type JobApp, rows, startJobApp, tally } from './job-app';
import { toCsv, toParquet } from './job-fixture';

let app: JobApp;

beforeAll(async () => {
  app = await startJobApp();
});

afterAll(() => app.stop());

describe('settings', () => {
  test('more rejects than the error threshold fail the job; nothing is published', async () => {
    const end = await app.run(toCsv(rows), 'csv', { errorThreshold: 10 });
    expect(end).toMatchObject({
      state: 'failed',
      failure: {
        code: 'too-many-rejects',
        detail: `${tally.rowsRejected} of 4200 rows were rejected, the error threshold is 10`,
      },
    });
    expect(await app.fixture.files(end.job)).toEqual([]);
  });

  test('several blobs make one output; columns that are taken get a number', async () => {
    const prefix = 'delay/several/';
    const text = (id: number): Buffer =>
      Buffer.from(`model,origin,destination,distance\n${id},AMS,BOS,${id}\n`);
    for (const id of [1, 2, 3]) await app.fixture.upload(`${prefix}${id}.csv`, text(id));
    const end = completed(await app.fixture.run({ input: { container: CONTAINERS.inbox, prefix } }));
    expect((await app.fixture.output(end.job, 'predictions.csv')).toString()).toBe(
      [
        'model,origin,destination,distance,predicted,model_2,version',
        '1,AMS,BOS,1,3,route-AMS-BOS,1',
        '2,AMS,BOS,2,5,route-AMS-BOS,1',
        '3,AMS,BOS,3,7,route-AMS-BOS,1',
        '',
      ].join('\n'),
    );
  });

  test.each([
    ['other columns', 'csv', 'a,b\n1,2\n', 'column 1 is "id" in'],
    ['fewer columns', 'csv', 'id,origin\n1,2\n', 'column 3 is "destination" in'],
    ['another format', 'parquet', undefined, 'a job takes one format'],
  ])('blobs with %s do not make one job', async (_, extension, text, message) => {
    const first = await app.upload(toCsv(rows), 'csv');
    const second = await app.upload(text === undefined ? toParquet([rows]) : Buffer.from(text), extension);
    const end = await app.fixture.run({ input: { container: CONTAINERS.inbox, paths: [first, second] } });
    expect(end).toMatchObject({
      state: 'failed',
      failure: { code: 'invalid-input', detail: expect.stringContaining(message) as string },
    });
  });

  test('rows without a model stay in the output without a prediction where the endpoint skips them', async () => {
    const [deployment] = (await app.fixture.endpoints.get('delay')).deployments;
    if (deployment?.selector.kind !== 'keys') throw new Error('the fixture selects by keys');
    const selector = { ...deployment.selector, noMatch: 'skip' as const };
    const endpoint = {
      ...(await app.fixture.endpoints.get('delay')),
      deployments: [{ ...deployment, selector }],
    };
    const before = await app.fixture.endpoints.get('delay');
    await app.fixture.endpoints.put(endpoint);
    const end = completed(
      await app.run(Buffer.from('id,origin,destination,distance\n1,CLT,BOS,5\n2,BOS,AMS,5\n'), 'csv'),
    );
    await app.fixture.endpoints.put(before);
    expect(end.tally).toEqual({ rowsIn: 2, rowsScored: 2, rowsRejected: 0 });
    expect((await app.fixture.output(end.job, 'predictions.csv')).toString().split('\n').slice(1, 3)).toEqual(
      ['1,CLT,BOS,5,,,', '2,BOS,AMS,5,-5,origin-BOS,1'],
    );
    expect((await app.fixture.output(end.job, 'manifest.json')).toString()).toContain('"rowsSkipped": 1');
  });

  test('a selector that finds no model fails the job', async () => {
    const endpoint = await app.fixture.endpoints.get('delay');
    await app.fixture.endpoints.put({
      ...endpoint,
      name: 'none',
      deployments: [{ name: 'x', selector: { kind: 'model', model: 'nobody' } }],
    });
    const path = await app.upload(toCsv(rows), 'csv');
    const { job } = await app.fixture.jobs.submit('none', {
      input: { container: CONTAINERS.inbox, path },
      settings: {},
    });
    expect(await app.fixture.jobs.plan({ jobId: job.id })).toEqual({
      ok: false,
      failure: { code: 'model-not-found', detail: 'the deployment "x" of "none" selects no model' },
    });
  });
});
