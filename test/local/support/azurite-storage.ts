import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { startTestAzurite } from '../../support/azurite';

export interface TestStorage {
  readonly environment: Readonly<Record<string, string>>;
  readonly connectionString: string;
  readonly blobs: BlobServiceClient;
  readonly queues: QueueServiceClient;
  stop(): Promise<void>;
}

/** A real Azurite with its clients, and the settings that point a host at it. */
export async function startTestStorage(): Promise<TestStorage> {
  const azurite = await startTestAzurite();
  const { connectionString } = azurite;
  return {
    connectionString,
    environment: { AzureWebJobsStorage: connectionString },
    blobs: BlobServiceClient.fromConnectionString(connectionString),
    queues: QueueServiceClient.fromConnectionString(connectionString),
    stop: () => azurite.stop(),
  };
}

export async function upload(container: ContainerClient, name: string, text: string): Promise<string> {
  const { etag } = await container
    .getBlockBlobClient(name)
    .upload(text, Buffer.byteLength(text), { metadata: { k: 'v' } });
  return etag ?? '';
}

/** Texts of the messages in a queue, decoded; none where there is no such queue. */
export async function queueTexts(queues: QueueServiceClient, queue: string): Promise<string[]> {
  const client = queues.getQueueClient(queue);
  if (!(await client.exists())) return [];
  const { peekedMessageItems } = await client.peekMessages({ numberOfMessages: 32 });
  return peekedMessageItems.map(({ messageText }) => Buffer.from(messageText, 'base64').toString());
}
