import { BlobReceipts, type BlobReceipt } from '../../../local/triggers/blob-receipts';
import { startTestStorage, type TestStorage } from '../support/azurite-storage';

let storage: TestStorage;
beforeAll(async () => {
  storage = await startTestStorage();
});
afterAll(() => storage.stop());

const done = (path: string, etag = 'e'): BlobReceipt => ({ path, etag, failures: 0, isDone: true });

describe('BlobReceipts', () => {
  const container = (): ReturnType<TestStorage['blobs']['getContainerClient']> =>
    storage.blobs.getContainerClient('receipts');
  const journals = async (name: string): Promise<string[]> => {
    const names: string[] = [];
    for await (const blob of container().listBlobsFlat({ prefix: `blobreceipts/${name}/` }))
      names.push(blob.name);
    return names;
  };

  test('what is recorded is known to the next host; another version of the blob is not', async () => {
    const receipts = await BlobReceipts.open(container(), 'f');
    await Promise.all(Array.from({ length: 50 }, (_, index) => receipts.record(done(`p${index}`))));
    await receipts.record({ path: 'p1', etag: 'e2', failures: 2, isDone: false });
    const next = await BlobReceipts.open(container(), 'f');
    expect(next.of('p49', 'e')).toEqual(done('p49'));
    expect(next.of('p49', 'other')).toBeUndefined();
    expect(next.of('p1', 'e')).toBeUndefined();
    expect(next.of('p1', 'e2')).toMatchObject({ failures: 2, isDone: false });
  });

  test('a journal far longer than what counts is written anew', async () => {
    const receipts = await BlobReceipts.open(container(), 'g');
    const batch = (etag: string): Promise<void[]> =>
      Promise.all(Array.from({ length: 700 }, (_, index) => receipts.record(done(`p${index % 3}`, etag))));
    await batch('a');
    await batch('b');
    const former = await journals('g');
    const next = await BlobReceipts.open(container(), 'g');
    expect(next.of('p2', 'b')).toEqual(done('p2', 'b'));
    const now = await journals('g');
    expect(now).toHaveLength(1);
    expect(now).not.toEqual(former);
    const text = (
      await container()
        .getBlobClient(now[0] ?? '')
        .downloadToBuffer()
    ).toString();
    expect(text.trim().split('\n')).toHaveLength(3);
  });

  test('two journals, left by a host that was killed while it wrote anew, are read together', async () => {
    const older = container().getAppendBlobClient('blobreceipts/h/00000001.jsonl');
    const newer = container().getAppendBlobClient('blobreceipts/h/00000002.jsonl');
    for (const [journal, receipt] of [
      [older, done('a')],
      [older, done('b', '1')],
      [newer, done('b', '2')],
    ] as const) {
      await journal.createIfNotExists();
      const text = `${JSON.stringify(receipt)}\n`;
      await journal.appendBlock(text, text.length);
    }
    const receipts = await BlobReceipts.open(container(), 'h');
    expect([receipts.of('a', 'e')?.isDone, receipts.of('b', '2')?.isDone]).toEqual([true, true]);
    expect(await journals('h')).toEqual(['blobreceipts/h/00000003.jsonl']);
  });

  test('blobs that are gone are forgotten', async () => {
    const receipts = await BlobReceipts.open(container(), 'i');
    await receipts.record(done('stays'));
    await receipts.record(done('gone'));
    receipts.retain(new Set(['stays']));
    expect([receipts.of('stays', 'e')?.isDone, receipts.of('gone', 'e')]).toEqual([true, undefined]);
  });
});
