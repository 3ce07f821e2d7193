import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobReport } from '../../shared/batch/job-report';
import { CONTAINERS, type BlobStore } from '../../shared/storage/blob-store';
import { startTestAzurite, type TestAzurite } from '../support/azurite';
import { ENDPOINT, seedStorage } from './support/delay-endpoint';
import { flightsCsv, flightsParquet } from './support/flights-input';
import { expectServing } from './support/expect-serving';
import { startHost, type HostProcess } from './support/host-process';
import { eventually, jobEnded, jobIds, listBlobs, newJob } from './support/scoring-jobs';

const dataFolder = mkdtempSync(join(tmpdir(), 'polyscore-uploads-'));
const header = 'date,origin,destination,distance,note';
const goodLine = '2001-01-01T08:00:00Z,ATL,DEN,1200,';

let azurite: TestAzurite;
let store: BlobStore;
let host: HostProcess;

beforeAll(async () => {
  azurite = await startTestAzurite();
  store = await seedStorage(azurite.connectionString);
  host = await startHost({ dataFolder, connectionString: azurite.connectionString });
}, 60_000);

/** Whatever came, the same process goes on. */
afterEach(() => expectServing(host.url));

afterAll(async () => {
  await host.stop();
  await azurite.stop();
  rmSync(dataFolder, { recursive: true, force: true });
});

describe('an upload that cannot be scored fails its job, which says where', () => {
  const parquet = flightsParquet(2, 500);
  const damaged = Buffer.from(parquet);
  damaged.fill(0xff, damaged.length - 200, damaged.length - 8);

  test.each<[string, string, Buffer, RegExp]>([
    ['an empty blob', 'empty.csv', Buffer.alloc(0), /blob "delay\/empty\.csv": it is empty/],
    ['an empty Parquet', 'empty.parquet', Buffer.alloc(0), /blob "delay\/empty\.parquet": it is empty/],
    ['a CSV with a header alone', 'bare.csv', text(header), /blob "delay\/bare\.csv" has no rows/],
    [
      'a CSV with two columns missing',
      'missing.csv',
      text('date,origin,note', '2001-01-01,ATL,x'),
      /"delay\/missing\.csv": the columns "distance", "destination" are missing; it has date, origin, note/,
    ],
    [
      'a CSV with a quote that is never closed',
      'quote.csv',
      text(header, goodLine, `${goodLine}"late`, goodLine),
      /"delay\/quote\.csv": .*line 3/,
    ],
    [
      'a Parquet cut off at its end',
      'cut.parquet',
      parquet.subarray(0, parquet.length - 300),
      /"delay\/cut\.parquet": the Parquet file is damaged: it does not end with PAR1, so it is cut off/,
    ],
    [
      'a Parquet whose beginning is missing',
      'headless.parquet',
      parquet.subarray(100),
      /"delay\/headless\.parquet": the Parquet file is damaged: it does not begin with PAR1/,
    ],
    ['a Parquet with broken metadata', 'metadata.parquet', damaged, /"delay\/metadata\.parquet": .*damaged/],
    [
      'a file of another kind',
      'rows.json',
      Buffer.from('[{"a": 1}]'),
      /"delay\/rows\.json": files of type \.json are not served; CSV and Parquet are/,
    ],
  ])('%s', async (_what, name, bytes, detail) => {
    const report = await jobOf(name, bytes);
    expect(report).toMatchObject({ state: 'Failed', output: null, failure: { code: 'invalid-input' } });
    expect(report.failure?.detail).toMatch(detail);
    expect(await listBlobs(store, CONTAINERS.predictions, `${ENDPOINT}/${report.id}/`)).toEqual([]);
  });

  test('a Parquet whose pages are overwritten fails and names the blob', async () => {
    const overwritten = Buffer.from(parquet).fill(0xff, 4, 2_000);
    const report = await jobOf('pages.parquet', overwritten);
    expect(report).toMatchObject({ state: 'Failed', failure: { code: 'invalid-input' } });
    expect(report.failure?.detail).toContain('delay/pages.parquet');
  });
});

test('rows that cannot be scored are rejected with their number and reason, the others are scored', async () => {
  const report = await jobOf(
    'rejects.csv',
    text(
      header,
      goodLine,
      '2001-01-01T08:00:00Z,ATL,DEN,far,"a ""b"""',
      'yesterday,ATL,DEN,1200,',
      '2001-01-01T08:00:00Z,XXX,DEN,1200,',
      '2001-01-01T08:00:00Z,ATL,DEN',
      goodLine,
    ),
  );
  expect(report).toMatchObject({
    state: 'Completed',
    tally: { rowsIn: 6, rowsScored: 2, rowsRejected: 4 },
  });
  const rejects = await store.get({
    container: CONTAINERS.predictions,
    path: `${ENDPOINT}/${report.id}/rejects.csv`,
  });
  const [head, ...rows] = rejects?.bytes.toString().trimEnd().split('\n') ?? [];
  expect(head).toBe(`input,row,reason,${header}`);
  expect(rows).toEqual([
    expect.stringMatching(/^delay\/rejects\.csv,2,.*distance.*far.*,"a ""b"""$/),
    expect.stringMatching(/^delay\/rejects\.csv,3,.*date.*yesterday/),
    expect.stringMatching(/^delay\/rejects\.csv,4,.*XXX/),
    expect.stringMatching(/^delay\/rejects\.csv,5,.*3 fields, the header 5/),
  ]);
});

test('an upload for an unknown endpoint is refused once, with the nearest name, and starts no job', async () => {
  const before = await jobIds(store);
  await store.put({ container: CONTAINERS.inbox, path: 'delays/a.csv' }, flightsCsv(0, 10));
  const [note] = await eventually('the upload is refused', async () => {
    const notes = await listBlobs(store, CONTAINERS.ledger, 'failed-uploads/');
    return notes.length > 0 ? notes : undefined;
  });
  const refusal = await store.get({ container: CONTAINERS.ledger, path: note?.path ?? '' });
  expect(JSON.parse(refusal?.bytes.toString() ?? '')).toMatchObject({
    path: 'delays/a.csv',
    code: 'endpoint-not-found',
    detail: expect.stringMatching(/"delays".*"?delay"?/) as string,
  });
  expect(await jobIds(store)).toEqual(before);
});

async function jobOf(name: string, bytes: Buffer): Promise<JobReport> {
  const before = await jobIds(store);
  await store.put({ container: CONTAINERS.inbox, path: `${ENDPOINT}/${name}` }, bytes);
  return jobEnded(host.url, await newJob(store, before));
}

function text(...lines: readonly string[]): Buffer {
  return Buffer.from(`${lines.join('\n')}\n`);
}
