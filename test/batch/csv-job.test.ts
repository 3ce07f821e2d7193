import pl from 'nodejs-polars';
import { completed, type JobApp, rows, scorable, startJobApp, tally } from './job-app';
import { expected, toCsv, toParquet, type JobEnd } from './job-fixture';

let app: JobApp;

beforeAll(async () => {
  app = await startJobApp();
});

afterAll(() => app.stop());

describe('a CSV job', () => {
  test('publishes each record as it came with predictions, model and version beside it', async () => {
    const end = completed(await app.run(toCsv(rows), 'csv'));
    expect(end.tally).toEqual(tally);
    const lines = (await app.fixture.output(end.job, 'predictions.csv')).toString().trimEnd().split('\n');
    expect(lines[0]).toBe('id,origin,destination,distance,predicted,model,version');
    expect(lines.slice(1)).toEqual(
      scorable.map((flight) => {
        const [model, predicted] = expected(flight) ?? ['', NaN];
        return `${flight.id},${flight.origin},${flight.destination},${flight.distance ?? ''},${predicted},${model},1`;
      }),
    );
  });

  test('Parquet and CSV of the same rows give the same predictions', async () => {
    const csv = completed(await app.run(toCsv(rows), 'csv', { outputFormat: 'parquet' }));
    const parquet = completed(await app.run(toParquet([rows]), 'parquet'));
    const predicted = async ({ job }: JobEnd): Promise<unknown[]> =>
      pl
        .readParquet(await app.fixture.output(job, 'predictions.parquet'))
        .getColumn('predicted')
        .toArray();
    expect(await predicted(csv)).toEqual(await predicted(parquet));
  });

  test('text where a number belongs, and rows with too few fields, are rejected with row number and reason', async () => {
    const text = 'id,origin,destination,distance\n1,AMS,BOS,far\n2,AMS,BOS,5\n3,AMS\n';
    const end = completed(await app.run(Buffer.from(text), 'csv'));
    expect(end.tally).toEqual({ rowsIn: 3, rowsScored: 1, rowsRejected: 2 });
    const path = end.job.inputs[0].path;
    expect((await app.fixture.output(end.job, 'rejects.csv')).toString()).toBe(
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
    const path = await app.upload(Buffer.from(text), 'csv');
    const end = await app.fixture.run(path);
    if (end.state === 'completed') throw new Error('it completed');
    expect(end.failure).toMatchObject({ code: 'invalid-input' });
    expect(end.failure.detail).toContain(`"${path}"`);
    expect(end.failure.detail).toContain(message);
  });

  test('a type of file that is not served is named', async () => {
    const end = await app.run(Buffer.from('{"id": 1}\n'), 'jsonl');
    expect(end).toMatchObject({
      state: 'failed',
      failure: { detail: expect.stringContaining('.jsonl are not served') as string },
    });
  });

  test('where every row is rejected the output holds its header only', async () => {
    const end = completed(await app.run(Buffer.from('id,origin,destination,distance\n1,CLT,BOS,5\n'), 'csv'));
    expect(end.tally).toEqual({ rowsIn: 1, rowsScored: 0, rowsRejected: 1 });
    expect((await app.fixture.output(end.job, 'predictions.csv')).toString()).toBe(
      'id,origin,destination,distance,predicted,model,version\n',
    );
  });
});
