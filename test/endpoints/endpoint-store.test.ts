import { randomUUID } from 'node:crypto';
import { type Endpoint, endpointSchema } from '../../shared/endpoints/endpoint';
import { EndpointStore } from '../../shared/endpoints/endpoint-store';
import { ServingError } from '../../shared/errors';
import { createAzureBlobStore } from '../../shared/storage/azure-blob-store';
import type { BlobStore } from '../../shared/storage/blob-store';
import { startTestAzurite, type TestAzurite } from '../support/azurite';
import { countingStore } from '../support/counting-store';

let azurite: TestAzurite;
let store: BlobStore;
let clock = 0;
beforeAll(async () => {
  azurite = await startTestAzurite();
  store = createAzureBlobStore({ connectionString: azurite.connectionString });
  await store.ensureContainer('config');
});
afterAll(() => azurite.stop());
beforeEach(async () => {
  for await (const { path } of store.list('config')) await store.delete({ container: 'config', path });
});

function endpointOf(name: string, description = ''): Endpoint {
  const deployments = [{ name: 'blue', selector: { kind: 'model', model: 'm' } }];
  return endpointSchema.parse({ name, description, deployments });
}

function freshStore(over: BlobStore = store): EndpointStore {
  return new EndpointStore(over, { refreshMs: 1_000, now: () => clock });
}

const raw = (name: string, text: string) =>
  store.put({ container: 'config', path: `endpoints/${name}.json` }, Buffer.from(text));

describe('EndpointStore', () => {
  test('what is put is listed in order of name and found by name', async () => {
    const endpoints = freshStore();
    await endpoints.put(endpointOf('b'));
    await endpoints.put(endpointOf('a'));
    expect((await endpoints.list()).map(({ name }) => name)).toEqual(['a', 'b']);
    expect(await endpoints.get('b')).toEqual(endpointOf('b'));
  });

  test('another instance’s document is found at once by name, and listed after the refresh time', async () => {
    const endpoints = freshStore();
    expect(await endpoints.list()).toEqual([]);
    await freshStore().put(endpointOf('new'));
    expect((await endpoints.get('new')).name).toBe('new');
    expect(await endpoints.list()).toEqual([]);
    clock += 1_000;
    expect((await endpoints.list()).map(({ name }) => name)).toEqual(['new']);
  });

  test('a document that was deleted is gone after the refresh time', async () => {
    const endpoints = freshStore();
    await endpoints.put(endpointOf('old'));
    await endpoints.list();
    await store.delete({ container: 'config', path: 'endpoints/old.json' });
    clock += 1_000;
    await expect(endpoints.get('old')).rejects.toMatchObject({ code: 'endpoint-not-found' });
  });

  test('within the refresh time nothing is read; after it only documents that changed', async () => {
    await raw('a', JSON.stringify(endpointOf('a')));
    await raw('b', JSON.stringify(endpointOf('b')));
    const { store: counted, calls } = countingStore(store);
    const endpoints = freshStore(counted);
    await Promise.all([endpoints.list(), endpoints.list(), endpoints.get('a')]);
    await endpoints.list();
    expect([calls.get('list'), calls.get('get')]).toEqual([1, 2]);
    await raw('b', JSON.stringify(endpointOf('b', 'changed')));
    clock += 1_000;
    expect((await endpoints.get('b')).description).toBe('changed');
    expect([calls.get('list'), calls.get('get')]).toEqual([2, 3]);
  });

  test('a broken document is not listed, and says all its problems when asked for; the others go on', async () => {
    await raw('good', JSON.stringify(endpointOf('good')));
    await raw('text', 'not json');
    await raw('broken', JSON.stringify({ name: 'broken', deployments: [], tags: { a: 1 } }));
    await raw('other', JSON.stringify(endpointOf('another')));
    const endpoints = freshStore();
    expect((await endpoints.list()).map(({ name }) => name)).toEqual(['good']);
    const refused = await endpoints.get('broken').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ServingError);
    expect(refused).toMatchObject({
      code: 'invalid-document',
      violations: [{ pointer: '/tags/a' }, { pointer: '/deployments' }],
    });
    await expect(endpoints.get('text')).rejects.toThrow('The endpoint "text" is not JSON');
    await expect(endpoints.get('other')).rejects.toThrow('The endpoint "other" names itself "another"');
  });

  test('an unknown name is an error with the nearest names', async () => {
    const endpoints = freshStore();
    await endpoints.put(endpointOf('flight-delay'));
    await endpoints.put(endpointOf('churn'));
    await expect(endpoints.get('flightdelay')).rejects.toThrow(
      'There is no endpoint "flightdelay"; near it: flight-delay',
    );
    await expect(endpoints.get('../secrets')).rejects.toThrow(/^There is no endpoint "..\/secrets"$/);
  });

  test('a write that requires another state fails, and leaves what was there', async () => {
    const endpoints = freshStore();
    const { etag } = await endpoints.put(endpointOf('e', 'one'), { ifNoneMatch: '*' });
    await endpoints.put(endpointOf('e', 'two'), { ifMatch: etag });
    const conflict = { code: 'etag-conflict' };
    await expect(endpoints.put(endpointOf('e', 'x'), { ifMatch: etag })).rejects.toMatchObject(conflict);
    await expect(endpoints.put(endpointOf('e', 'x'), { ifNoneMatch: '*' })).rejects.toMatchObject(conflict);
    expect((await freshStore().get('e')).description).toBe('two');
  });

  test('while storage does not answer, what was read last is served; the first reading fails', async () => {
    await raw('a', JSON.stringify(endpointOf('a')));
    let isDown = false;
    const flaky = new Proxy(store, {
      get: (target, name: keyof BlobStore) =>
        isDown
          ? () => {
              throw new ServingError('storage-unavailable', 'Storage does not answer');
            }
          : target[name].bind(target),
    });
    const endpoints = freshStore(flaky);
    await endpoints.list();
    isDown = true;
    clock += 1_000;
    expect((await endpoints.list()).map(({ name }) => name)).toEqual(['a']);
    await expect(freshStore(flaky).list()).rejects.toMatchObject({ code: 'storage-unavailable' });
  });

  test('blobs beside the documents are no endpoints', async () => {
    await raw('a', JSON.stringify(endpointOf('a')));
    await raw('folder/a', JSON.stringify(endpointOf('a')));
    await store.put({ container: 'config', path: `endpoints/${randomUUID()}.txt` }, Buffer.from('note'));
    expect(await freshStore().list()).toHaveLength(1);
  });
});
