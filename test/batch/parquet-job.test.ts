import pl from 'nodejs-polars';
import { completed, type JobApp, rows, scorable, startJobApp, tally } from './job-app';
import { expected, toParquet } from './job-fixture';

let app: JobApp;

beforeAll(async () => {
  app = await startJobApp();
});

afterAll(() => app.stop());

describe('a Parquet job', () => {
  test('publishes the input columns with predictions, model and version beside them, in order', async () => {
    const end = completed(
      await app.run(toParquet([rows.slice(0, 900), rows.slice(900, 3_500), rows.slice(3_500)]), 'parquet'),
    );
    expect(end.tally).toEqual(tally);
    const frame = pl.readParquet(await app.fixture.output(end.job, 'predictions.parquet'));
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
    expect(await app.fixture.files(end.job)).toEqual([
      '_SUCCESS',
      'manifest.json',
      'predictions.parquet',
      'rejects.csv',
    ]);
  });

  test('the manifest tells inputs, columns, rows and the models that took part, and rows in = scored + rejected', async () => {
    const end = completed(await app.run(toParquet([rows]), 'parquet'));
    const manifest: unknown = JSON.parse((await app.fixture.output(end.job, 'manifest.json')).toString());
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
    const end = completed(await app.run(toParquet([rows]), 'parquet'));
    const lines = (await app.fixture.output(end.job, 'rejects.csv')).toString().trimEnd().split('\n');
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
    const end = completed(await app.run(toParquet([rows.slice(0, 3)]), 'parquet', settings));
    expect((await app.fixture.output(end.job, 'delays.csv')).toString()).toBe(
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
    const path = await app.upload(damage(toParquet([rows])), 'parquet');
    const end = await app.fixture.run(path);
    if (end.state === 'completed') throw new Error('it completed');
    expect(end.failure.code).toBe('invalid-input');
    expect(end.failure.detail).toContain(message);
    expect(end.failure.detail).toContain(path);
    expect(await app.fixture.files(end.job)).toEqual([]);
  });
});
