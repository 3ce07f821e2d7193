import { inboxPathOf } from '../../shared/batch/blob-event';
import { Inbox, type Receipt } from '../../shared/batch/inbox';
import { ServingError } from '../../shared/errors';
import { createAzureBlobStore } from '../../shared/storage/azure-blob-store';
import { CONTAINERS } from '../../shared/storage/blob-store';
import { startTestAzurite, type TestAzurite } from '../support/azurite';
import { JobFixture, toCsv, flights } from './job-fixture';

let azurite: TestAzurite;
let fixture: JobFixture;
const started: string[] = [];

beforeAll(async () => {
  azurite = await startTestAzurite();
  fixture = new JobFixture(createAzureBlobStore({ connectionString: azurite.connectionString }));
  await fixture.setUp();
});

afterAll(async () => {
  await fixture.close();
  await azurite.stop();
});

beforeEach(() => {
  started.length = 0;
});

function open(start = (id: string): Promise<void> => Promise.resolve(void started.push(id))): Inbox {
  const { store, jobs } = fixture;
  return new Inbox({ store, jobs, start: (job) => start(job.id) });
}

async function failedUploads(): Promise<unknown[]> {
  const documents: unknown[] = [];
  for await (const { path } of fixture.store.list(CONTAINERS.ledger, 'failed-uploads/')) {
    const blob = await fixture.store.get({ container: CONTAINERS.ledger, path });
    documents.push(JSON.parse(blob?.bytes.toString() ?? 'null'));
  }
  return documents;
}

describe('Inbox', () => {
  test('an upload starts one job, however often it is told, one after the other or ten times at once', async () => {
    await fixture.upload('delay/a/once.csv', toCsv(flights(5)));
    const inbox = open();
    const receipts = await Promise.all(Array.from({ length: 10 }, () => inbox.receive('delay/a/once.csv')));
    receipts.push(await inbox.receive('delay/a/once.csv'));
    const jobs = receipts.flatMap((receipt: Receipt) =>
      receipt.status === 'started' ? [receipt.job.id] : [],
    );
    expect(new Set(jobs).size).toBe(1);
    expect(new Set(started)).toEqual(new Set(jobs));
    expect(receipts.at(-1)).toEqual({ status: 'known' });
  });

  test('where the start fails, the next telling tries again', async () => {
    await fixture.upload('delay/a/again.csv', toCsv(flights(6)));
    const failing = open(() => Promise.reject(new Error('no hub')));
    await expect(failing.receive('delay/a/again.csv')).rejects.toThrow('no hub');
    expect(await open().receive('delay/a/again.csv')).toMatchObject({ status: 'started' });
    expect(started).toHaveLength(1);
  });

  test('an upload for an unknown endpoint is noted with the error, once, and not tried again', async () => {
    await fixture.upload('dellay/a.csv', toCsv(flights(5)));
    const receipt = await open().receive('dellay/a.csv');
    expect(receipt).toMatchObject({ status: 'refused', failure: { code: 'endpoint-not-found' } });
    expect(await open().receive('dellay/a.csv')).toEqual({ status: 'known' });
    expect(await failedUploads()).toEqual([
      expect.objectContaining({
        path: 'dellay/a.csv',
        code: 'endpoint-not-found',
        detail: expect.stringContaining('delay') as string,
      }),
    ]);
  });

  test('a fault of storage is thrown, so that the trigger tries again', async () => {
    await fixture.upload('delay/a/fault.csv', toCsv(flights(7)));
    const { store } = fixture;
    const jobs = { submit: () => Promise.reject(new ServingError('storage-unavailable', 'away')) };
    const inbox = new Inbox({ store, jobs, start: () => Promise.resolve() });
    await expect(inbox.receive('delay/a/fault.csv')).rejects.toThrow('away');
    expect(await open().receive('delay/a/fault.csv')).toMatchObject({ status: 'started' });
  });

  test('a blob that is gone by then is no fault', async () => {
    expect(await open().receive('delay/a/gone.csv')).toEqual({ status: 'gone' });
  });

  test('the sweep starts what no event told of, and only what is old enough', async () => {
    await fixture.upload('delay/sweep/1.csv', toCsv(flights(8)));
    await fixture.upload('delay/sweep/2.csv', toCsv(flights(9)));
    await fixture.upload('no-endpoint.csv', Buffer.from('x'));
    await open().receive('delay/sweep/1.csv');
    started.length = 0;
    const now = new Date();
    expect(await open().sweep(now, 60_000)).toBe(0);
    expect(await open().sweep(new Date(now.getTime() + 120_000), 60_000)).toBe(1);
    expect(started).toHaveLength(1);
    expect(await open().sweep(new Date(now.getTime() + 120_000), 60_000)).toBe(0);
  });
});

describe('inboxPathOf', () => {
  const subject = '/blobServices/default/containers/inbox/blobs/delay/a b/ü.csv';

  test.each([
    ['Event Grid', { eventType: 'Microsoft.Storage.BlobCreated', subject, data: {} }, 'delay/a b/ü.csv'],
    [
      'CloudEvents',
      { type: 'Microsoft.Storage.BlobCreated', subject, specversion: '1.0' },
      'delay/a b/ü.csv',
    ],
    ['a deletion', { eventType: 'Microsoft.Storage.BlobDeleted', subject }, undefined],
    [
      'another container',
      { eventType: 'Microsoft.Storage.BlobCreated', subject: subject.replace('inbox', 'models') },
      undefined,
    ],
  ])('%s', (_, event, path) => {
    expect(inboxPathOf(event)).toBe(path);
  });

  test('a message that is no event is refused', () => {
    expect(() => inboxPathOf('hello')).toThrow('no Event Grid event');
  });
});
