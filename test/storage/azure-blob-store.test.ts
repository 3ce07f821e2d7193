import { createHash } from 'node:crypto';
import { createAzureBlobStore } from '../../shared/storage/azure-blob-store';
import type { BlobProperties, BlobStore } from '../../shared/storage/blob-store';
import { startTestAzurite, type TestAzurite } from '../support/azurite';

let azurite: TestAzurite;
let store: BlobStore;
let container: string;
let containers = 0;

beforeAll(async () => {
  azurite = await startTestAzurite();
  store = createAzureBlobStore({ connectionString: azurite.connectionString });
});
afterAll(() => azurite.stop());
beforeEach(() => {
  containers += 1;
  container = `test-${containers}`;
});

const at = (path: string) => ({ container, path });
const text = (value: string) => Buffer.from(value);

async function listed(prefix?: string): Promise<BlobProperties[]> {
  const blobs: BlobProperties[] = [];
  for await (const blob of store.list(container, prefix)) blobs.push(blob);
  return blobs;
}

async function streamed(...wanted: Parameters<BlobStore['stream']>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of store.stream(...wanted)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('reading and writing whole blobs', () => {
  test('what was put is what get gives, under the same etag', async () => {
    const { etag } = await store.put(at('a.txt'), text('hello'));
    expect(await store.get(at('a.txt'))).toEqual({ bytes: text('hello'), etag });
    expect(etag).toMatch(/^".+"$/);
  });

  test('a view into a larger buffer is written as the view only', async () => {
    await store.put(at('a'), new Uint8Array(text('0123456789').buffer.slice(0)).subarray(0, 0));
    await store.put(at('b'), new Uint8Array(Buffer.from('0123456789')).subarray(2, 5));
    expect((await store.get(at('a')))?.bytes).toEqual(Buffer.alloc(0));
    expect((await store.get(at('b')))?.bytes).toEqual(text('234'));
  });

  test('several megabytes come back unchanged', async () => {
    const bytes = Buffer.alloc(5_000_003, 'abcdefg');
    await store.put(at('large'), bytes);
    expect((await store.get(at('large')))?.bytes.equals(bytes)).toBe(true);
  });

  test('properties give size, etag, time and the MD5 of a single-shot upload', async () => {
    const before = Date.now() - 1_000;
    const { etag } = await store.put(at('a'), text('hello'));
    const found = await store.properties(at('a'));
    const contentMd5 = createHash('md5').update('hello').digest('base64');
    expect(found).toMatchObject({ path: 'a', sizeBytes: 5, etag, contentMd5 });
    expect(found?.lastModified.getTime()).toBeGreaterThanOrEqual(before);
  });

  test('equal bytes written again get another etag', async () => {
    const first = await store.put(at('a'), text('x'));
    const second = await store.put(at('a'), text('x'));
    expect(second.etag).not.toBe(first.etag);
  });

  test('a deleted blob is gone, and deleting it again is no error', async () => {
    await store.put(at('a'), text('x'));
    await store.delete(at('a'));
    await store.delete(at('a'));
    expect(await store.get(at('a'))).toBeUndefined();
  });

  test.each(['dir/ü ñ 日本.csv', 'a%2Fb', 'k=v/part #1?.parquet', 'emoji-😀', "quote'and+plus"])(
    'the path %s is kept as it is',
    async (path) => {
      await store.put(at(path), text(path));
      expect((await store.get(at(path)))?.bytes.toString()).toBe(path);
      expect((await listed()).map((blob) => blob.path)).toEqual([path]);
    },
  );
});

describe('what is not there', () => {
  test.each(['missing blob', 'missing container'])(
    'get and properties of a %s are undefined',
    async (kind) => {
      if (kind === 'missing blob') await store.ensureContainer(container);
      expect(await store.get(at('nope'))).toBeUndefined();
      expect(await store.properties(at('nope'))).toBeUndefined();
      expect(await store.stagedBlocks(at('nope'))).toEqual([]);
      expect(await listed()).toEqual([]);
      await expect(store.delete(at('nope'))).resolves.toBeUndefined();
    },
  );

  test('a range or a stream of a missing blob is not found', async () => {
    await store.ensureContainer(container);
    const missing = { code: 'not-found', message: `Blob ${container}/nope does not exist` };
    await expect(store.getRange(at('nope'), 0, 1)).rejects.toMatchObject(missing);
    await expect(streamed(at('nope'))).rejects.toMatchObject(missing);
  });
});

describe('ranges', () => {
  beforeEach(() => store.put(at('digits'), text('0123456789')));

  test.each([
    ['inside', 2, 5, '234'],
    ['the whole', 0, 10, '0123456789'],
    ['cut at the end', 8, 99, '89'],
    ['wholly past the end', 10, 12, ''],
    ['empty', 4, 4, ''],
  ])('%s', async (_what, start, end, expected) => {
    expect((await store.getRange(at('digits'), start, end)).toString()).toBe(expected);
    expect(await streamed(at('digits'), { start, end })).toBe(expected);
  });

  test('a stream without a range gives everything, with a start only the rest', async () => {
    expect(await streamed(at('digits'))).toBe('0123456789');
    expect(await streamed(at('digits'), { start: 7 })).toBe('789');
  });

  test('an empty blob has no bytes in any range', async () => {
    await store.put(at('empty'), Buffer.alloc(0));
    expect(await store.getRange(at('empty'), 0, 4)).toEqual(Buffer.alloc(0));
    expect(await streamed(at('empty'))).toBe('');
  });

  test('a read bound to an etag fails once the blob has changed', async () => {
    const { etag } = await store.put(at('digits'), text('abc'));
    expect((await store.getRange(at('digits'), 0, 2, { ifMatch: etag })).toString()).toBe('ab');
    await store.put(at('digits'), text('xyz'));
    const conflict = { code: 'etag-conflict' };
    await expect(store.getRange(at('digits'), 0, 2, { ifMatch: etag })).rejects.toMatchObject(conflict);
    await expect(streamed(at('digits'), undefined, { ifMatch: etag })).rejects.toMatchObject(conflict);
  });
});

describe('conditional writes', () => {
  test('of ten parallel creates exactly one wins', async () => {
    const creates = Array.from({ length: 10 }, (_, index) =>
      store.put(at('once'), text(`writer ${index}`), { ifNoneMatch: '*' }),
    );
    const outcomes = await Promise.allSettled(creates);
    const lost = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(lost).toHaveLength(9);
    for (const { reason } of lost) expect(reason).toMatchObject({ code: 'etag-conflict' });
    const winner = outcomes.findIndex((outcome) => outcome.status === 'fulfilled');
    expect((await store.get(at('once')))?.bytes.toString()).toBe(`writer ${winner}`);
  });

  test('a write bound to an etag wins once', async () => {
    const { etag } = await store.put(at('a'), text('1'));
    await store.put(at('a'), text('2'), { ifMatch: etag });
    await expect(store.put(at('a'), text('3'), { ifMatch: etag })).rejects.toMatchObject({
      code: 'etag-conflict',
    });
    expect((await store.get(at('a')))?.bytes.toString()).toBe('2');
  });

  test('a write bound to an etag does not make a missing blob', async () => {
    await expect(store.put(at('a'), text('1'), { ifMatch: '"0x1"' })).rejects.toMatchObject({
      code: 'etag-conflict',
    });
    expect(await store.get(at('a'))).toBeUndefined();
  });
});

describe('listing', () => {
  test('goes in ordinal order, by prefix, over more than one page of directories', async () => {
    const paths = ['b', 'a/2', 'Z', 'a/10', 'a-', 'é', '0'];
    await Promise.all(paths.map((path) => store.put(at(path), text(path))));
    expect((await listed()).map((blob) => blob.path)).toEqual(['0', 'Z', 'a-', 'a/10', 'a/2', 'b', 'é']);
    expect((await listed('a/')).map((blob) => blob.path)).toEqual(['a/10', 'a/2']);
  });

  test('shows the same properties as the blob itself', async () => {
    await store.put(at('a'), text('hello'));
    expect(await listed()).toEqual([await store.properties(at('a'))]);
  });
});

describe('blocks', () => {
  test('staged blocks stay invisible until they are committed, then the blob is there at once', async () => {
    await store.stageBlock(at('big'), 'part-001', text('world'));
    await store.stageBlock(at('big'), 'part-000', text('hello '));
    expect(await listed()).toEqual([]);
    expect(await store.get(at('big'))).toBeUndefined();
    expect([...(await store.stagedBlocks(at('big')))].sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual([
      { id: 'part-000', sizeBytes: 6 },
      { id: 'part-001', sizeBytes: 5 },
    ]);

    const { etag } = await store.commitBlocks(at('big'), ['part-000', 'part-001']);
    expect(await store.get(at('big'))).toEqual({ bytes: text('hello world'), etag });
    expect((await listed()).map((blob) => [blob.path, blob.sizeBytes])).toEqual([['big', 11]]);
    expect(await store.stagedBlocks(at('big'))).toEqual([]);
  });

  test('a commit replaces the blob and drops staged blocks that it does not name', async () => {
    await store.put(at('big'), text('old'));
    await store.stageBlock(at('big'), 'a', text('new'));
    await store.stageBlock(at('big'), 'b', text('unused'));
    expect((await store.get(at('big')))?.bytes.toString()).toBe('old');
    await store.commitBlocks(at('big'), ['a']);
    expect((await store.get(at('big')))?.bytes.toString()).toBe('new');
    expect(await store.stagedBlocks(at('big'))).toEqual([]);
  });

  test('a block staged twice counts once, with its last bytes', async () => {
    await store.stageBlock(at('big'), 'a', text('first'));
    await store.stageBlock(at('big'), 'a', text('second'));
    await store.commitBlocks(at('big'), ['a']);
    expect((await store.get(at('big')))?.bytes.toString()).toBe('second');
  });

  test('the same commit again, after its answer was lost, gives the same bytes', async () => {
    await store.stageBlock(at('big'), 'a', text('x'));
    await store.commitBlocks(at('big'), ['a']);
    await store.commitBlocks(at('big'), ['a']);
    expect((await store.get(at('big')))?.bytes.toString()).toBe('x');
  });

  test('a conditional commit loses against a blob that is there', async () => {
    await store.put(at('big'), text('old'));
    await store.stageBlock(at('big'), 'a', text('new'));
    await expect(store.commitBlocks(at('big'), ['a'], { ifNoneMatch: '*' })).rejects.toMatchObject({
      code: 'etag-conflict',
    });
    expect((await store.get(at('big')))?.bytes.toString()).toBe('old');
  });

  test('a commit that names a block never staged changes nothing', async () => {
    await store.stageBlock(at('big'), 'a', text('new'));
    await expect(store.commitBlocks(at('big'), ['a', 'z'])).rejects.toMatchObject({ code: 'etag-conflict' });
    expect(await store.get(at('big'))).toBeUndefined();
  });

  test.each(['', 'ü', 'a'.repeat(65), 'a\n'])('the block id %j is refused', async (id) => {
    await expect(store.stageBlock(at('big'), id, text('x'))).rejects.toThrow(RangeError);
  });
});

describe('an empty block', () => {
  test('is refused here, as Azure would and Azurite would not', async () => {
    await expect(store.stageBlock(at('big'), 'a', Buffer.alloc(0))).rejects.toThrow(RangeError);
  });
});

describe('containers', () => {
  test('the first write makes the container, also when many come at once', async () => {
    await Promise.all(['a', 'b', 'c'].map((path) => store.put(at(path), text(path))));
    expect(await listed()).toHaveLength(3);
  });

  test('ensuring a container that is there is no error', async () => {
    const other = createAzureBlobStore({ connectionString: azurite.connectionString });
    await store.ensureContainer(container);
    await store.ensureContainer(container);
    await expect(other.ensureContainer(container)).resolves.toBeUndefined();
  });

  test('names that lead elsewhere are refused before anything is sent', async () => {
    await expect(store.get({ container: '../x', path: 'a' })).rejects.toMatchObject({
      code: 'invalid-parameter',
    });
    await expect(store.put(at('../secret'), text('x'))).rejects.toMatchObject({ code: 'invalid-parameter' });
    await expect(streamed(at('a//b'))).rejects.toMatchObject({ code: 'invalid-parameter' });
  });
});
