import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QueueServiceClient } from '@azure/storage-queue';
import { CONTAINERS, type BlobStore } from '../../shared/storage/blob-store';
import { startTestAzurite, type TestAzurite } from '../support/azurite';
import { ENDPOINT, seedStorage } from './support/delay-endpoint';
import { flightsCsv, flightsParquet } from './support/flights-input';
import { startHost, type HostProcess } from './support/host-process';
import { eventually, getJob, jobEnded, jobIds, listBlobs, newJob } from './support/scoring-jobs';

const QUEUE = 'inbox-events';
const TEN = Array.from({ length: 10 }, (_, index) => index);
const dataFolder = mkdtempSync(join(tmpdir(), 'polyscore-once-'));
const csv = flightsCsv(0, 3_000);

let azurite: TestAzurite;
let store: BlobStore;
let host: HostProcess;

beforeAll(async () => {
  azurite = await startTestAzurite();
  store = await seedStorage(azurite.connectionString);
  await queue().create();
  host = await start();
}, 60_000);

afterAll(async () => {
  await host.stop();
  await azurite.stop();
  rmSync(dataFolder, { recursive: true, force: true });
});

test('uploading the same bytes twice gives one job and one output; one other byte gives a second job', async () => {
  const path = `${ENDPOINT}/twice.csv`;
  const first = await submitted(() => upload(path, csv));
  expect(await jobEnded(host.url, first)).toMatchObject({ state: 'Completed', tally: { rowsIn: 3_000 } });
  const output = await outputs(first);
  expect(output).toHaveLength(4);

  const before = await jobIds(store);
  const handled = await handledUploads();
  await upload(path, csv);
  await eventually('the second upload is handled', async () =>
    (await handledUploads()) > handled ? true : undefined,
  );
  expect(await jobIds(store)).toEqual(before);
  expect(await outputs(first)).toEqual(output);

  const other = Buffer.from(csv);
  const digit = other.indexOf(',\n') - 1; // the last one of a distance
  other[digit] = other[digit] === 0x39 ? 0x38 : 0x39;
  const second = await submitted(() => upload(path, other));
  expect(second).not.toBe(first);
  expect(await jobEnded(host.url, second)).toMatchObject({ state: 'Completed' });
  expect(await outputs(first)).toEqual(output);
  expect(await jobIds(store)).toHaveLength(before.length + 1);
});

test('ten deliveries of its event and ten requests at once, by whichever way, are one job with one output', async () => {
  const path = `${ENDPOINT}/ten times.parquet`;
  const before = await jobIds(store);
  await upload(path, flightsParquet(3, 1_000));
  const answers = await Promise.all([...TEN.map(() => post({ path })), ...TEN.map(() => tell(path))]);
  const requests = answers.filter((answer) => answer !== undefined);
  expect(requests).toHaveLength(10);
  const [id = ''] = requests.map((answer) => answer.id);
  expect(new Set(requests.map((answer) => answer.id))).toEqual(new Set([id]));
  expect(requests.filter(({ status }) => status === 201).length).toBeLessThanOrEqual(1);

  await queueEmpty();
  expect(await jobEnded(host.url, id)).toMatchObject({ state: 'Completed', tally: { rowsIn: 3_000 } });
  expect((await jobIds(store)).filter((one) => !before.includes(one))).toEqual([id]);
  expect(await outputs(id)).toHaveLength(4);
});

test('of ten equal requests at once one creates the job', async () => {
  await store.ensureContainer('shelf');
  await store.put({ container: 'shelf', path: 'flights.csv' }, csv);
  const before = await jobIds(store);
  const answers = await Promise.all(TEN.map(() => post({ container: 'shelf', path: 'flights.csv' })));
  expect(answers.map(({ status }) => status).sort()).toEqual([...Array<number>(9).fill(200), 201]);
  const [{ id } = { id: '' }] = answers;
  expect(await jobEnded(host.url, id)).toMatchObject({ state: 'Completed' });
  expect((await jobIds(store)).filter((one) => !before.includes(one))).toEqual([id]);
});

test('an upload and a request for it are the same job', async () => {
  const path = `${ENDPOINT}/both-ways.csv`;
  const id = await submitted(() => upload(path, csv));
  expect(await post({ path })).toEqual({ status: 200, id });
  await jobEnded(host.url, id);
  expect(await post({ path })).toEqual({ status: 200, id });
});

test('events that are told again after a restart, with all receipts lost, start nothing', async () => {
  const before = await jobIds(store);
  const outputsBefore = await Promise.all(before.map(outputs));
  const finished = await Promise.all(before.map(async (id) => (await getJob(host.url, id)).finishedAt));
  await host.stop();
  for (const { path } of await listBlobs(store, 'azure-webjobs-hosts', 'blobreceipts/'))
    await store.delete({ container: 'azure-webjobs-hosts', path });
  host = await start();
  const uploads = (await listBlobs(store, CONTAINERS.inbox)).map(({ path }) => path);
  await eventually('every upload has its receipt again', async () => {
    const [journal] = await listBlobs(store, 'azure-webjobs-hosts', 'blobreceipts/scoreUpload/');
    const text = journal && (await store.get({ container: 'azure-webjobs-hosts', path: journal.path }));
    return uploads.every((path) => text?.bytes.toString().includes(`"${path}"`) === true) ? true : undefined;
  });
  for (const path of uploads) await tell(path);
  await queueEmpty();
  expect(await jobIds(store)).toEqual(before);
  expect(await Promise.all(before.map(outputs))).toEqual(outputsBefore);
  expect(await Promise.all(before.map(async (id) => (await getJob(host.url, id)).finishedAt))).toEqual(
    finished,
  );
});

function start(): Promise<HostProcess> {
  return startHost({
    dataFolder,
    connectionString: azurite.connectionString,
    environment: { POLYSCORE_INBOX_QUEUE: QUEUE },
  });
}

function queue(): ReturnType<QueueServiceClient['getQueueClient']> {
  return QueueServiceClient.fromConnectionString(azurite.connectionString).getQueueClient(QUEUE);
}

async function upload(path: string, bytes: Buffer): Promise<void> {
  await store.put({ container: CONTAINERS.inbox, path }, bytes);
}

async function submitted(submit: () => Promise<void>): Promise<string> {
  const before = await jobIds(store);
  await submit();
  return newJob(store, before);
}

async function post(input: Readonly<Record<string, string>>): Promise<{ status: number; id: string }> {
  const body = JSON.stringify({ input });
  const answer = await fetch(`${host.url}/endpoints/${ENDPOINT}/jobs`, { method: 'POST', body });
  const { id } = (await answer.json()) as { readonly id: string };
  return { status: answer.status, id };
}

/** Delivers the upload's event as Event Grid does. */
async function tell(path: string): Promise<undefined> {
  const subject = `/blobServices/default/containers/inbox/blobs/${path}`;
  const event = { eventType: 'Microsoft.Storage.BlobCreated', subject, data: {} };
  await queue().sendMessage(Buffer.from(JSON.stringify(event)).toString('base64'));
}

/** All messages are handled: a message is deleted when its function has succeeded. */
async function queueEmpty(): Promise<void> {
  await eventually('the queue is empty', async () => {
    const { approximateMessagesCount } = await queue().getProperties();
    return approximateMessagesCount === 0 ? true : undefined;
  });
}

async function handledUploads(): Promise<number> {
  return (await listBlobs(store, CONTAINERS.ledger, 'uploads/')).length;
}

/** The published files of a job, with their etags. */
async function outputs(id: string): Promise<string[]> {
  const blobs = await listBlobs(store, CONTAINERS.predictions, `${ENDPOINT}/${id}/`);
  return blobs.map(({ path, etag }) => `${path} ${etag}`);
}
