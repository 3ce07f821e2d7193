import pl from 'nodejs-polars';
import { createAzureBlobStore } from '../../shared/storage/azure-blob-store';
import { CONTAINERS } from '../../shared/storage/blob-store';
import { startTestAzurite, type TestAzurite } from '../support/azurite';
import { expected, flights, JobFixture, MODELS, toCsv, toFrame, toParquet, type JobEnd } from './job-fixture';

let azurite: TestAzurite;
let fixture: JobFixture;
let uploads = 0;

beforeAll(async () => {
  azurite = await startTestAzurite();
  fixture = new JobFixture(createAzureBlobStore({ connectionString: azurite.connectionString }));
  await fixture.setUp();
});

afterAll(async () => {
  await fixture.close();
  await azurite.stop();
});

async function upload(bytes: Uint8Array, extension: string): Promise<string> {
  const path = `delay/${++uploads}/input.${extension}`;
  await fixture.upload(path, bytes);
  return path;
}

async function run(bytes: Uint8Array, extension: string, settings = {}): Promise<JobEnd> {
  const path = await upload(bytes, extension);
  return fixture.run({ input: { container: CONTAINERS.inbox, path }, settings });
}

function completed(end: JobEnd): Extract<JobEnd, { state: 'completed' }> {
  if (end.state === 'failed') throw new Error(`${end.failure.code}: ${end.failure.detail}`);
  return end;
}

const rows = flights(4_200);
const scorable = rows.filter((flight) => expected(flight) !== undefined);
const tally = { rowsIn: 4_200, rowsScored: scorable.length, rowsRejected: 4_200 - scorable.length };

describe('a Parquet job', () => {
  test('publishes the input columns with predictions, model and version beside them, in order', async () => {
    const end = completed(
      await run(toParquet([rows.slice(0, 900), rows.slice(900, 3_500), rows.slice(3_500)]), 'parquet'),
    );
    expect(end.tally).toEqual(tally);
    const frame = pl.readParquet(await fixture.output(end.job, 'predictions.parquet'));
    expect(frame.columns).toEqual([
      'id',
      'origin',
      'destination',
      'distance',
      'predicted',
      'model',
      'version',
    ]);
    expect(frame.toRecords()).toEqual(
      scorable.map((flight) => {
        const [model, predicted] = expected(flight) ?? ['', NaN];
        return { ...flight, predicted, model, version: '1' };
      }),
    );
    expect(await fixture.files(end.job)).toEqual([
      '_SUCCESS',
      'manifest.json',
      'predictions.parquet',
      'rejects.csv',
    ]);
  });

  test('the manifest tells inputs, columns, rows and the models that took part, and rows in = scored + rejected', async () => {
    const end = completed(await run(toParquet([rows]), 'parquet'));
    const manifest: unknown = JSON.parse((await fixture.output(end.job, 'manifest.json')).toString());
    expect(manifest).toMatchObject({
      job: end.job.id,
      endpoint: 'delay',
      ...tally,
      rowsSkipped: 0,
      inputs: [{ container: 'inbox', rows: 4_200 }],
      output: { file: 'predictions.parquet' },
      rejects: {
        file: 'rejects.csv',
        columns: ['input', 'row', 'reason', 'id', 'origin', 'destination', 'distance'],
      },
    });
    const { models } = manifest as { models: { model: string; rows: number }[] };
    expect(models.map(({ model }) => model)).toEqual(['origin-AMS', 'origin-BOS', 'route-AMS-BOS']);
    expect(models.reduce((sum, each) => sum + each.rows, 0)).toBe(tally.rowsScored);
  });

  test('rejected rows tell their number in the input and why', async () => {
    const end = completed(await run(toParquet([rows]), 'parquet'));
    const lines = (await fixture.output(end.job, 'rejects.csv')).toString().trimEnd().split('\n');
    const path = end.job.inputs[0].path;
    expect(lines.slice(0, 3)).toEqual([
      'input,row,reason,id,origin,destination,distance',
      `${path},50,"no model for origin=""CLT"", destination=""AMS""",49,CLT,AMS,24.5`,
      `${path},70,"column ""distance"" has no finite number",69,AMS,BOS,`,
    ]);
    expect(lines).toHaveLength(1 + tally.rowsRejected);
    const numbers = lines.slice(1).map((line) => Number(line.split(',')[1]));
    expect(numbers).toEqual(rows.filter((flight) => expected(flight) === undefined).map(({ id }) => id + 1));
  });

  test('CSV comes out where CSV is asked for, under the name that is asked for', async () => {
    const settings = { outputFormat: 'csv', outputFileName: 'delays' };
    const end = completed(await run(toParquet([rows.slice(0, 3)]), 'parquet', settings));
    expect((await fixture.output(end.job, 'delays.csv')).toString()).toBe(
      [
        'id,origin,destination,distance,predicted,model,version',
        '0,AMS,BOS,0.0,1.0,route-AMS-BOS,1',
        '1,BOS,AMS,0.5,-0.5,origin-BOS,1',
        '2,AMS,CDG,1.0,3.0,origin-AMS,1',
        '',
      ].join('\n'),
    );
  });

  test.each([
    ['cut off', (file: Buffer) => file.subarray(0, -200), 'does not end with PAR1'],
    [
      'overwritten in its metadata',
      (file: Buffer) => {
        file.fill(0xee, file.length - 60, file.length - 10);
        return file;
      },
      'damaged',
    ],
    [
      'overwritten in its data',
      (file: Buffer) => {
        file.fill(0xee, 4, 2_000);
        return file;
      },
      'the Parquet file cannot be read',
    ],
    ['no Parquet at all', () => Buffer.from('id,origin\n1,AMS\n'), 'does not begin with PAR1'],
    ['without rows', () => toParquet([[]]), 'has no rows'],
  ])('a file that is %s fails the job, naming the blob and the damage', async (_, damage, message) => {
    const path = await upload(damage(toParquet([rows])), 'parquet');
    const end = await fixture.run(path);
    if (end.state === 'completed') throw new Error('it completed');
    expect(end.failure.code).toBe('invalid-input');
    expect(end.failure.detail).toContain(message);
    expect(end.failure.detail).toContain(path);
    expect(await fixture.files(end.job)).toEqual([]);
  });
});

describe('a CSV job', () => {
  test('publishes each record as it came with predictions, model and version beside it', async () => {
    const end = completed(await run(toCsv(rows), 'csv'));
    expect(end.tally).toEqual(tally);
    const lines = (await fixture.output(end.job, 'predictions.csv')).toString().trimEnd().split('\n');
    expect(lines[0]).toBe('id,origin,destination,distance,predicted,model,version');
    expect(lines.slice(1)).toEqual(
      scorable.map((flight) => {
        const [model, predicted] = expected(flight) ?? ['', NaN];
        return `${flight.id},${flight.origin},${flight.destination},${flight.distance ?? ''},${predicted},${model},1`;
      }),
    );
  });

  test('Parquet and CSV of the same rows give the same predictions', async () => {
    const csv = completed(await run(toCsv(rows), 'csv', { outputFormat: 'parquet' }));
    const parquet = completed(await run(toParquet([rows]), 'parquet'));
    const predicted = async ({ job }: JobEnd): Promise<unknown[]> =>
      pl
        .readParquet(await fixture.output(job, 'predictions.parquet'))
        .getColumn('predicted')
        .toArray();
    expect(await predicted(csv)).toEqual(await predicted(parquet));
  });

  test('text where a number belongs, and rows with too few fields, are rejected with row number and reason', async () => {
    const text = 'id,origin,destination,distance\n1,AMS,BOS,far\n2,AMS,BOS,5\n3,AMS\n';
    const end = completed(await run(Buffer.from(text), 'csv'));
    expect(end.tally).toEqual({ rowsIn: 3, rowsScored: 1, rowsRejected: 2 });
    const path = end.job.inputs[0].path;
    expect((await fixture.output(end.job, 'rejects.csv')).toString()).toBe(
      [
        'input,row,reason,id,origin,destination,distance',
        `${path},1,"column ""distance"" holds ""far"", expected a number",1,AMS,BOS,far`,
        `${path},3,"the row has 2 fields, the header 4",3,AMS,,`,
        '',
      ].join('\n'),
    );
  });

  test.each([
    ['an empty blob', '', 'it is empty'],
    [
      'a missing column',
      'id,origin,destination\n1,AMS,BOS\n',
      'the column "distance" is missing; it has id, origin, destination',
    ],
    [
      'missing columns',
      'id,origin\n1,AMS\n',
      'the columns "distance", "destination" are missing; it has id, origin',
    ],
    [
      'a broken quote',
      'id,origin,destination,distance\n1,AMS,BOS,2\n2,"AMS,BOS,3\n',
      'broken quote in line 4: the quote opened on line 3',
    ],
    ['no rows', 'id,origin,destination,distance\n', 'has no rows'],
    ['a gzip file', Buffer.from([0x1f, 0x8b, 8, 0]), 'compressed with gzip'],
  ])('%s fails the job, naming the blob and the place', async (_, text, message) => {
    const path = await upload(Buffer.from(text), 'csv');
    const end = await fixture.run(path);
    if (end.state === 'completed') throw new Error('it completed');
    expect(end.failure).toMatchObject({ code: 'invalid-input' });
    expect(end.failure.detail).toContain(`"${path}"`);
    expect(end.failure.detail).toContain(message);
  });

  test('a type of file that is not served is named', async () => {
    const end = await run(Buffer.from('{"id": 1}\n'), 'jsonl');
    expect(end).toMatchObject({
      state: 'failed',
      failure: { detail: expect.stringContaining('.jsonl are not served') as string },
    });
  });

  test('where every row is rejected the output holds its header only', async () => {
    const end = completed(await run(Buffer.from('id,origin,destination,distance\n1,CLT,BOS,5\n'), 'csv'));
    expect(end.tally).toEqual({ rowsIn: 1, rowsScored: 0, rowsRejected: 1 });
    expect((await fixture.output(end.job, 'predictions.csv')).toString()).toBe(
      'id,origin,destination,distance,predicted,model,version\n',
    );
  });
});

describe('settings', () => {
  test('more rejects than the error threshold fail the job; nothing is published', async () => {
    const end = await run(toCsv(rows), 'csv', { errorThreshold: 10 });
    expect(end).toMatchObject({
      state: 'failed',
      failure: {
        code: 'too-many-rejects',
        detail: `${tally.rowsRejected} of 4200 rows were rejected, the error threshold is 10`,
      },
    });
    expect(await fixture.files(end.job)).toEqual([]);
  });

  test('several blobs make one output; columns that are taken get a number', async () => {
    const prefix = `delay/${++uploads}/`;
    const text = (id: number): Buffer =>
      Buffer.from(`model,origin,destination,distance\n${id},AMS,BOS,${id}\n`);
    for (const id of [1, 2, 3]) await fixture.upload(`${prefix}${id}.csv`, text(id));
    const end = completed(await fixture.run({ input: { container: CONTAINERS.inbox, prefix } }));
    expect((await fixture.output(end.job, 'predictions.csv')).toString()).toBe(
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
    const first = await upload(toCsv(rows), 'csv');
    const second = await upload(text === undefined ? toParquet([rows]) : Buffer.from(text), extension);
    const end = await fixture.run({ input: { container: CONTAINERS.inbox, paths: [first, second] } });
    expect(end).toMatchObject({
      state: 'failed',
      failure: { code: 'invalid-input', detail: expect.stringContaining(message) as string },
    });
  });

  test('rows without a model stay in the output without a prediction where the endpoint skips them', async () => {
    const [deployment] = (await fixture.endpoints.get('delay')).deployments;
    if (deployment?.selector.kind !== 'keys') throw new Error('the fixture selects by keys');
    const selector = { ...deployment.selector, noMatch: 'skip' as const };
    const endpoint = {
      ...(await fixture.endpoints.get('delay')),
      deployments: [{ ...deployment, selector }],
    };
    const before = await fixture.endpoints.get('delay');
    await fixture.endpoints.put(endpoint);
    const end = completed(
      await run(Buffer.from('id,origin,destination,distance\n1,CLT,BOS,5\n2,BOS,AMS,5\n'), 'csv'),
    );
    await fixture.endpoints.put(before);
    expect(end.tally).toEqual({ rowsIn: 2, rowsScored: 2, rowsRejected: 0 });
    expect((await fixture.output(end.job, 'predictions.csv')).toString().split('\n').slice(1, 3)).toEqual([
      '1,CLT,BOS,5,,,',
      '2,BOS,AMS,5,-5,origin-BOS,1',
    ]);
    expect((await fixture.output(end.job, 'manifest.json')).toString()).toContain('"rowsSkipped": 1');
  });

  test('a selector that finds no model fails the job', async () => {
    const endpoint = await fixture.endpoints.get('delay');
    await fixture.endpoints.put({
      ...endpoint,
      name: 'none',
      deployments: [{ name: 'x', selector: { kind: 'model', model: 'nobody' } }],
    });
    const path = await upload(toCsv(rows), 'csv');
    const { job } = await fixture.jobs.submit('none', {
      input: { container: CONTAINERS.inbox, path },
      settings: {},
    });
    expect(await fixture.jobs.plan({ jobId: job.id })).toEqual({
      ok: false,
      failure: { code: 'model-not-found', detail: 'the deployment "x" of "none" selects no model' },
    });
  });
});

describe('submit', () => {
  const ask = (path: string, settings = {}) =>
    fixture.jobs.submit('delay', { input: { container: CONTAINERS.inbox, path }, settings });

  test('the same bytes written twice are one job, one changed byte makes a second', async () => {
    const bytes = toCsv(rows.slice(0, 10));
    const path = await upload(bytes, 'csv');
    const first = await ask(path);
    await fixture.upload(path, bytes);
    const second = await ask(path);
    expect([first.isNew, second.isNew, second.job.id]).toEqual([true, false, first.job.id]);
    bytes[bytes.length - 2] = 0x39;
    await fixture.upload(path, bytes);
    const third = await ask(path);
    expect(third.isNew).toBe(true);
    expect(third.job.id).not.toBe(first.job.id);
  });

  test('a blob without an MD5 is known by its content', async () => {
    const ref = { container: CONTAINERS.inbox, path: `delay/${++uploads}/blocks.csv` };
    const write = async (text: string): Promise<string> => {
      await fixture.store.stageBlock(ref, 'b1', Buffer.from(text));
      await fixture.store.commitBlocks(ref, ['b1']);
      const { job } = await ask(ref.path);
      return job.id;
    };
    const first = await write('id,origin\n1,A\n');
    expect((await fixture.jobs.find(first)).inputs[0].fingerprint).toMatch(/^sha256:/);
    expect(await write('id,origin\n1,A\n')).toBe(first);
    expect(await write('id,origin\n1,B\n')).not.toBe(first);
  });

  test('ten submissions at once make one job', async () => {
    const path = await upload(toCsv(rows.slice(0, 20)), 'csv');
    const submitted = await Promise.all(Array.from({ length: 10 }, () => ask(path)));
    expect(new Set(submitted.map(({ job }) => job.id)).size).toBe(1);
    expect(submitted.filter(({ isNew }) => isNew)).toHaveLength(1);
  });

  test('other settings are another job', async () => {
    const path = await upload(toCsv(rows.slice(0, 20)), 'csv');
    const [a, b] = [await ask(path), await ask(path, { outputFileName: 'other' })];
    expect(a.job.id).not.toBe(b.job.id);
  });

  test.each([
    [
      'an unknown endpoint',
      () =>
        fixture.jobs.submit('nobody', { input: { container: CONTAINERS.inbox, path: 'x' }, settings: {} }),
      'endpoint-not-found',
    ],
    [
      'an unknown deployment',
      () =>
        fixture.jobs.submit('delay', {
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
        fixture.jobs.submit('delay', {
          input: { container: CONTAINERS.inbox, prefix: 'nothing/' },
          settings: {},
        }),
      'invalid-input',
    ],
  ])('%s is refused', async (_, submit, code) => {
    await expect(submit()).rejects.toMatchObject({ code });
  });

  test('the deployment with the most traffic scores, unless one is named', async () => {
    const endpoint = await fixture.endpoints.get('delay');
    const [deployment] = endpoint.deployments;
    if (!deployment) throw new Error('the fixture has a deployment');
    const deployments = [deployment, { ...deployment, name: 'green' }];
    await fixture.endpoints.put({
      ...endpoint,
      name: 'split',
      deployments,
      traffic: { 'by-route': 10, green: 90 },
    });
    const path = await upload(toCsv(rows.slice(0, 5)), 'csv');
    const input = { container: CONTAINERS.inbox, path };
    const { job } = await fixture.jobs.submit('split', { input, settings: {} });
    const named = await fixture.jobs.submit('split', { input, settings: {}, deployment: 'by-route' });
    expect([job.deployment, named.job.deployment]).toEqual(['green', 'by-route']);
  });
});

describe('inputs that change', () => {
  test('the same content written again while a job runs does not disturb it', async () => {
    const bytes = toParquet([rows]);
    const path = await upload(bytes, 'parquet');
    const { job } = await fixture.jobs.submit('delay', {
      input: { container: CONTAINERS.inbox, path },
      settings: {},
    });
    await fixture.jobs.plan({ jobId: job.id });
    await fixture.upload(path, bytes);
    expect(completed(await fixture.resume(job)).tally).toEqual(tally);
  });

  test.each([
    ['parquet', toParquet([rows]), toParquet([flights(4_100)])],
    ['csv', toCsv(rows), toCsv(flights(4_100))],
  ])('%s with other content, or gone, fails the job and says so', async (extension, bytes, other) => {
    const path = await upload(bytes, extension);
    const { job } = await fixture.jobs.submit('delay', {
      input: { container: CONTAINERS.inbox, path },
      settings: {},
    });
    await fixture.upload(path, other);
    expect(await fixture.resume(job)).toMatchObject({
      state: 'failed',
      failure: { detail: expect.stringContaining('changed after the job was submitted') as string },
    });
    await fixture.store.delete({ container: CONTAINERS.inbox, path });
    expect(await fixture.resume(job)).toMatchObject({
      state: 'failed',
      failure: { detail: expect.stringContaining('is gone') as string },
    });
  });

  test('a promotion while a job runs does not change what it scores with', async () => {
    const path = await upload(toFrame(rows).writeParquet(), 'parquet');
    const { job } = await fixture.jobs.submit('delay', {
      input: { container: CONTAINERS.inbox, path },
      settings: {},
    });
    const other = new JobFixture(fixture.store);
    const [model] = MODELS;
    if (!model) throw new Error('the fixture has models');
    await other.models.register({ ...model, version: '2' });
    const end = completed(await fixture.resume(job));
    const frame = pl.readParquet(await fixture.output(end.job, 'predictions.parquet'));
    expect(new Set(frame.getColumn('version').toArray())).toEqual(new Set(['1']));
    const next = await fixture.jobs.submit('delay', {
      input: { container: CONTAINERS.inbox, path },
      settings: {},
    });
    expect(next.job.id).not.toBe(job.id);
    await other.close();
  });
});

describe('staged parts', () => {
  test('parts that storage dropped are scored again', async () => {
    const path = await upload(toCsv(rows), 'csv');
    const { job } = await fixture.jobs.submit('delay', {
      input: { container: CONTAINERS.inbox, path },
      settings: {},
    });
    await fixture.jobs.plan({ jobId: job.id });
    await fixture.jobs.scoreMiniBatch({ jobId: job.id, index: 0 });
    // Committing nothing and deleting the blob is how uncommitted blocks are dropped at once.
    const ref = { container: CONTAINERS.predictions, path: `${job.outputPrefix}/predictions.csv` };
    await fixture.store.commitBlocks(ref, []);
    await fixture.store.delete(ref);
    const published = await fixture.jobs.publish({ jobId: job.id });
    expect(published).toMatchObject({ ok: true, value: { status: 'incomplete' } });
    expect(
      published.ok && published.value.status === 'incomplete' ? published.value.miniBatches[0] : NaN,
    ).toBe(0);
    expect(completed(await fixture.resume(job)).tally).toEqual(tally);
  });

  test('a mini-batch that is done is not scored again', async () => {
    const path = await upload(toCsv(rows), 'csv');
    const { job } = await fixture.jobs.submit('delay', {
      input: { container: CONTAINERS.inbox, path },
      settings: {},
    });
    await fixture.jobs.plan({ jobId: job.id });
    const first = await fixture.jobs.scoreMiniBatch({ jobId: job.id, index: 0 });
    await fixture.store.delete({ container: CONTAINERS.inbox, path });
    expect(await fixture.jobs.scoreMiniBatch({ jobId: job.id, index: 0 })).toEqual(first);
  });
});

describe('describe', () => {
  test('tells state, progress and output from the ledger alone', async () => {
    const path = await upload(toCsv(rows), 'csv');
    const { job } = await fixture.jobs.submit('delay', {
      input: { container: CONTAINERS.inbox, path },
      settings: {},
    });
    expect(await fixture.jobs.describe(job.id, undefined)).toMatchObject({
      id: job.id,
      state: 'NotStarted',
      progress: 0,
    });
    await fixture.jobs.plan({ jobId: job.id });
    await fixture.jobs.scoreMiniBatch({ jobId: job.id, index: 0 });
    const running = { runtimeStatus: 'Running', output: null, customStatus: null, lastUpdatedAt: new Date() };
    const half = await fixture.jobs.describe(job.id, running);
    expect(half).toMatchObject({ state: 'Running', output: null, miniBatches: { done: 1 } });
    expect(half.progress).toBeGreaterThan(0);
    expect(half.progress).toBeLessThan(1);
    await fixture.resume(job);
    expect(await fixture.jobs.describe(job.id, undefined)).toMatchObject({
      state: 'Completed',
      progress: 1,
      output: { container: 'predictions', path: job.outputPrefix },
    });
    await expect(fixture.jobs.describe('nobody', undefined)).rejects.toMatchObject({ code: 'job-not-found' });
  });

  test('jobs are listed page by page, each once', async () => {
    const all = await fixture.jobs.list(1_000);
    const pages: string[] = [];
    for (let after: string | undefined; ;) {
      const { ids, hasMore } = await fixture.jobs.list(7, after);
      pages.push(...ids);
      after = ids.at(-1);
      if (!hasMore) break;
    }
    expect(pages).toEqual(all.ids);
    expect(new Set(pages).size).toBe(pages.length);
  });
});
