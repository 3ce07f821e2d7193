import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobReport } from '../../shared/batch/job-report';
import { Ledger } from '../../shared/batch/ledger';
import { CONTAINERS, type BlobStore } from '../../shared/storage/blob-store';
import { startTestAzurite, type TestAzurite } from '../support/azurite';
import { ENDPOINT, seedStorage } from './support/delay-endpoint';
import { flightsCsv, flightsParquet } from './support/flights-input';
import { startHost, type HostProcess } from './support/host-process';
import { phaseOf, readJobState, type JobState, type Phase } from './support/job-state';
import { killPoints, type KillPoint } from './support/kill-points';
import { startReader, type PredictionsReader } from './support/predictions-reader';
import { readPublished, type JobNames, type PublishedFiles } from './support/published-files';
import { jobEnded, jobIds, newJob } from './support/scoring-jobs';
import { startStorageTap, type StorageTap } from './support/storage-tap';

const MINI_BATCHES = 24;
const ROWS = MINI_BATCHES * 2_500;
const formats = ['parquet', 'csv'] as const;
type Format = (typeof formats)[number];

const points = killPoints(MINI_BATCHES);
const dataFolder = mkdtempSync(join(tmpdir(), 'polyscore-kill-'));
const inputs = { parquet: flightsParquet(MINI_BATCHES, ROWS / MINI_BATCHES), csv: flightsCsv(0, ROWS) };

let azurite: TestAzurite;
let tap: StorageTap;
let store: BlobStore;
let host: HostProcess;
let reader: PredictionsReader;
let undisturbed: Record<Format, PublishedFiles>;
const phases: Phase[] = [];
/** Printed at the end: what each kill hit. */
const log: string[] = [];

beforeAll(async () => {
  azurite = await startTestAzurite();
  store = await seedStorage(azurite.connectionString);
  tap = await startStorageTap(azurite);
  host = await start();
  const parquet = await run(0, 'parquet');
  const csv = await run(0, 'csv');
  undisturbed = { parquet: await publishedBy(parquet), csv: await publishedBy(csv) };
  log.push(`undisturbed: Parquet ${parquet.seconds} s, CSV ${csv.seconds} s, ${ROWS} rows`);
  const except = new Set([parquet.id, csv.id]);
  reader = startReader({ store, except, expected: undisturbed, namesOf });
}, 120_000);

afterAll(async () => {
  await reader.stop();
  await host.stop();
  await tap.stop();
  await azurite.stop();
  rmSync(dataFolder, { recursive: true, force: true });
});

test('an undisturbed run publishes predictions, rejects, manifest and _SUCCESS', () => {
  for (const format of formats)
    expect(Object.keys(undisturbed[format]).sort()).toEqual(
      ['_SUCCESS', 'manifest.json', `predictions.${format}`, 'rejects.csv'].sort(),
    );
});

test.each(points.map((point, index) => ({ ...point, number: index + 1 })))(
  'killed when $what, the job goes on and its output is byte for byte the same',
  async ({ number, ...point }) => {
    const format = number % 2 === 0 ? 'csv' : 'parquet';
    const known = await jobIds(store);
    const before = await killAt(point, number, format, known);
    phases.push(phaseOf(before));
    log.push(`${number}. ${point.what} (${format}): ${phaseOf(before)}, ${summary(before)}`);
    expect(point.leaves(before)).toBe(true);

    host = await start();
    const id = await newJob(store, known);
    const report = await jobEnded(host.url, id);
    expect(report).toMatchObject({ state: 'Completed', failure: null, tally: { rowsIn: ROWS } });
    expect(report.tally.rowsScored + report.tally.rowsRejected).toBe(ROWS);
    expect(report.tally.rowsRejected).toBeGreaterThan(0);
    expect(await publishedBy(report)).toEqual(undisturbed[format]);
    expect(await jobIds(store)).toHaveLength(known.length + 1);
    const after = await readJobState(store, id);
    for (const [path, etag] of before.lines) expect([path, after.lines.get(path)]).toEqual([path, etag]);
  },
  60_000,
);

test('the kills hit planning, scoring, staging, publishing and the end of a job', () => {
  expect([...new Set(phases)].sort()).toEqual(['planning', 'published', 'publishing', 'scoring', 'staging']);
  expect(phases).toHaveLength(20);
});

test('a reader that lists predictions/ all the while never saw a partial output', async () => {
  expect(await reader.stop()).toEqual([]);
  expect(reader.listings).toBeGreaterThan(100);
  expect(reader.beforeSuccess).toBeGreaterThan(0);
  log.push(`${reader.listings} listings, ${reader.beforeSuccess} of them before _SUCCESS`);
  console.log(log.join('\n'));
});

function start(): Promise<HostProcess> {
  return startHost({ dataFolder, connectionString: tap.connectionString });
}

/** Paths of one length, so that files which name them have one size. */
function inputPath(number: number, format: Format): string {
  return `${ENDPOINT}/run-${String(number).padStart(2, '0')}.${format}`;
}

async function upload(number: number, format: Format): Promise<void> {
  await store.put({ container: CONTAINERS.inbox, path: inputPath(number, format) }, inputs[format]);
}

async function run(number: number, format: Format): Promise<JobReport> {
  const known = await jobIds(store);
  await upload(number, format);
  return jobEnded(host.url, await newJob(store, known));
}

/** Uploads, and kills the host at the point; answers what is left in storage. */
async function killAt(
  { moment, matches, nth = 1 }: KillPoint,
  number: number,
  format: Format,
  known: readonly string[],
): Promise<JobState> {
  let matched = 0;
  const sprung = new Promise<void>((resolve) => {
    const spring = (): void => {
      host.kill();
      resolve();
    };
    tap.set({ moment, spring, matches: (request) => matches(request) && ++matched === nth });
  });
  await upload(number, format);
  await sprung;
  expect(await host.gone).toBe('SIGKILL');
  const id = (await jobIds(store)).find((one) => !known.includes(one));
  return readJobState(store, id);
}

async function namesOf(id: string): Promise<JobNames & { readonly format: Format }> {
  const [{ path: input }] = (await new Ledger(store).job(id)).inputs;
  return { id, input, format: input.endsWith('.csv') ? 'csv' : 'parquet' };
}

async function publishedBy({ id }: { readonly id: string }): Promise<PublishedFiles> {
  return readPublished(store, ENDPOINT, await namesOf(id));
}

function summary({ lines, miniBatches, stagedOnly, files }: JobState): string {
  return `${lines.size} of ${miniBatches} lines, ${stagedOnly} parts staged without a line, files: ${files.join(' ') || 'none'}`;
}
