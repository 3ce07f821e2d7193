import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAzureBlobStore } from '../../shared/storage/azure-blob-store';
import { startTestAzurite, type TestAzurite } from '../support/azurite';

let azurite: TestAzurite;

beforeAll(async () => {
  azurite = await startTestAzurite();
});
afterAll(() => azurite.stop());

const container = 'faults';
const at = (path: string) => ({ container, path });
const text = (value: string) => Buffer.from(value);

/** Runs `use` against a service that answers every request so. */
async function withServer(
  answer: (response: ServerResponse) => void,
  use: (connectionString: string) => Promise<void>,
): Promise<void> {
  const server = createServer((request, response) => {
    request.resume();
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    await use(azurite.connectionString.replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${port}`));
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe('toServingError', () => {
  test('a service that is not there is storage-unavailable, after bounded tries', async () => {
    const gone = createAzureBlobStore({
      connectionString: azurite.connectionString.replace(/127\.0\.0\.1:\d+/, '127.0.0.1:1'),
      maxTries: 1,
    });
    const fault = { code: 'storage-unavailable', retryAfterSeconds: 1 };
    await expect(gone.get(at('a'))).rejects.toMatchObject(fault);
    await expect(gone.put(at('a'), text('x'))).rejects.toMatchObject(fault);
    await expect(gone.ensureContainer(container)).rejects.toMatchObject(fault);
    await expect(gone.list(container)[Symbol.asyncIterator]().next()).rejects.toMatchObject(fault);
  });

  test('a wrong key is storage-unavailable and says that the identity was refused', async () => {
    const wrong = createAzureBlobStore({
      connectionString: azurite.connectionString.replace(/AccountKey=\w{4}/, 'AccountKey=AAAA'),
    });
    await expect(wrong.get(at('a'))).rejects.toMatchObject({
      code: 'storage-unavailable',
      message: expect.stringContaining('refused the identity') as string,
    });
  });

  test.each([
    [500, 'InternalError', 'storage-unavailable'],
    [409, 'ContainerBeingDeleted', 'storage-unavailable'],
    [409, 'LeaseIdMissing', 'etag-conflict'],
    [400, 'InvalidHeaderValue', 'InvalidHeaderValue'],
  ])('an answer of %i %s is %s', async (status, code, expected) => {
    await withServer(
      (response) => {
        response.writeHead(status, { 'x-ms-error-code': code, 'content-type': 'application/xml' });
        response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`);
      },
      async (connectionString) => {
        const failing = createAzureBlobStore({ connectionString, maxTries: 1 });
        await expect(failing.put(at('a'), text('x'))).rejects.toMatchObject({ code: expected });
      },
    );
  });

  test('a busy service is asked again, and no more often than it may be', async () => {
    let asked = 0;
    await withServer(
      (response) => {
        asked += 1;
        response.writeHead(503, { 'x-ms-error-code': 'ServerBusy' }).end();
      },
      async (connectionString) => {
        const busy = createAzureBlobStore({ connectionString, maxTries: 3 });
        await expect(busy.get(at('a'))).rejects.toMatchObject({ code: 'storage-unavailable' });
        expect(asked).toBe(3);
      },
    );
  });

  test('a service that never answers is given up', async () => {
    await withServer(
      () => undefined,
      async (connectionString) => {
        const silent = createAzureBlobStore({ connectionString, operationLimitMs: 50 });
        await expect(silent.put(at('a'), text('x'))).rejects.toMatchObject({
          code: 'storage-unavailable',
          message: 'Blob faults/a: no answer in time',
        });
      },
    );
  });

  test.each([
    [{}, 'Storage needs a connection string or an account URL'],
    [{ connectionString: 'nonsense' }, 'The storage connection string cannot be read'],
    [{ accountUrl: 'not a url' }, 'The storage account URL cannot be read'],
  ])('the settings %j are refused', (settings, message) => {
    expect(() => createAzureBlobStore(settings)).toThrow(message);
  });

  test('an account URL opens with an identity and sends nothing', () => {
    const accountUrl = 'https://example.blob.core.windows.net';
    expect(() => createAzureBlobStore({ accountUrl })).not.toThrow();
    expect(() => createAzureBlobStore({ accountUrl, clientId: 'some-id' })).not.toThrow();
  });
});
