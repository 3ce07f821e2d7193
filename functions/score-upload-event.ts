import { app, type InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import { inboxPathOf } from '../shared/batch/blob-event';
import { openInbox, STORAGE_CONNECTION } from './support/inbox';

/**
 * The other way in for uploads: Event Grid delivers blob events to a storage queue, for plans that cannot poll.
 * Registered where POLYSCORE_INBOX_QUEUE names the queue. Both ways may be on: a job starts once.
 */
export async function scoreUploadEvent(message: unknown, context: InvocationContext): Promise<void> {
  const path = inboxPathOf(message);
  if (path === undefined) return;
  const receipt = await openInbox(df.getClient(context)).receive(path);
  if (receipt.status === 'refused')
    context.warn(`upload ${path}: ${receipt.failure.code}: ${receipt.failure.detail}`);
}

const queueName = process.env['POLYSCORE_INBOX_QUEUE'];
if (queueName) {
  app.storageQueue('scoreUploadEvent', {
    queueName,
    connection: STORAGE_CONNECTION,
    extraInputs: [df.input.durableClient()],
    handler: scoreUploadEvent,
  });
}
