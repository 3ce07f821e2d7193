import { hostEnvironment, namesStorage } from '../../local/host-environment';
import { resolveSettings, storageClients, storageEnvironment } from '../../local/storage-clients';

const text =
  'DefaultEndpointsProtocol=http;AccountName=a;AccountKey=aaaa;BlobEndpoint=http://127.0.0.1:1/a;QueueEndpoint=http://127.0.0.1:2/a';
const urls = (connection: string, environment: Record<string, string>): string[] => {
  const { blobs, queues } = storageClients(connection, environment);
  return [blobs.url, queues.url].map((url) => url.replace(/\/$/, ''));
};

describe('storageClients', () => {
  test.each([
    ['Data', { Data: text }, ['http://127.0.0.1:1/a', 'http://127.0.0.1:2/a']],
    ['Data', { AzureWebJobsData: text }, ['http://127.0.0.1:1/a', 'http://127.0.0.1:2/a']],
    [
      'Data',
      { Data__accountName: 'acc' },
      ['https://acc.blob.core.windows.net', 'https://acc.queue.core.windows.net'],
    ],
    [
      'Data',
      { Data__blobServiceUri: 'https://b.blob.x', Data__clientId: 'c' },
      ['https://b.blob.x', 'https://b.queue.x'],
    ],
    [
      'Data',
      { Data__blobServiceUri: 'https://b.blob.x', Data__queueServiceUri: 'https://q.x' },
      ['https://b.blob.x', 'https://q.x'],
    ],
  ])('connection %s under %j', (connection, environment, expected) => {
    expect(urls(connection, environment)).toEqual(expected);
  });

  test('a connection that nothing names is an error', () => {
    expect(() => storageClients('Data', { Data: '' })).toThrow(
      /neither Data nor Data__blobServiceUri is set/,
    );
  });
});

describe('storageEnvironment', () => {
  test('a connection string names the account under both names', () => {
    expect(storageEnvironment(text)).toEqual({ AzureWebJobsStorage: text, PolyscoreStorage: text });
  });

  test('an account URL names its services, for use with an identity', () => {
    expect(storageEnvironment('https://acc.blob.core.windows.net/')).toEqual({
      AzureWebJobsStorage__blobServiceUri: 'https://acc.blob.core.windows.net',
      AzureWebJobsStorage__queueServiceUri: 'https://acc.queue.core.windows.net',
      PolyscoreStorage__blobServiceUri: 'https://acc.blob.core.windows.net',
      PolyscoreStorage__queueServiceUri: 'https://acc.queue.core.windows.net',
    });
  });

  test.each(['https://example.org', 'http://'])('%s is no account', (storage) => {
    expect(() => storageEnvironment(storage)).toThrow(
      /POLYSCORE_STORAGE: expected a connection string or https/,
    );
  });
});

describe('hostEnvironment', () => {
  test('an account that the environment names under one name gets the other too', () => {
    const named = {
      PolyscoreStorage__blobServiceUri: 'https://b.blob.x',
      AzureWebJobsStorage: 'UseDevelopmentStorage=true',
    };
    expect(namesStorage(named)).toBe(true);
    expect(hostEnvironment(named, undefined, 'host:1')).toMatchObject({
      AzureWebJobsStorage: '',
      AzureWebJobsStorage__blobServiceUri: 'https://b.blob.x',
      WEBSITE_HOSTNAME: 'host:1',
    });
    expect(namesStorage({ AzureWebJobsStorage: 'UseDevelopmentStorage=true', PolyscoreStorage: '' })).toBe(
      false,
    );
  });
});

describe('resolveSettings', () => {
  test('%NAME% is replaced by the setting; a missing one is an error', () => {
    expect(resolveSettings('a/%B%/{c}', { B: 'x' })).toBe('a/x/{c}');
    expect(() => resolveSettings('%B%', {})).toThrow(/setting B is not set/);
  });
});
