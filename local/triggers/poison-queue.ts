import { type QueueServiceClient } from '@azure/storage-queue';

/** Puts a text into a queue, made if missing, encoded as the Functions host does by default (base64). */
export async function sendToQueue(
  queues: QueueServiceClient,
  queue: string,
  text: string,
  encoding: 'base64' | 'none' = 'base64',
): Promise<void> {
  const client = queues.getQueueClient(queue);
  await client.createIfNotExists();
  await client.sendMessage(encoding === 'base64' ? Buffer.from(text).toString('base64') : text);
}
