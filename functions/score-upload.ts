import { app, type InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import { CONTAINERS } from '../shared/storage/blob-store';
import { registerBlobReferences } from './support/blob-resource-factory';
import { openInbox, STORAGE_CONNECTION } from './support/inbox';

/**
 * An upload to `inbox/{endpoint}/{name}` starts exactly one job. The blob's path is taken from the trigger's metadata,
 * so that the handler works with and without deferred binding, which keeps the blob out of memory. Settings read at
 * registration: POLYSCORE_BLOB_SDK_BINDING=false for old blob extensions, POLYSCORE_BLOB_SOURCE=EventGrid instead of polling.
 */
export async function scoreUpload(_blob: unknown, context: InvocationContext): Promise<void> {
  const path = uploadPath(context.triggerMetadata);
  const receipt = await openInbox(df.getClient(context)).receive(path);
  if (receipt.status === 'refused')
    context.warn(`upload ${path}: ${receipt.failure.code}: ${receipt.failure.detail}`);
  else if (receipt.status === 'started') context.log(`upload ${path}: job ${receipt.job.id}`);
}

/** Path inside the container: `blobTrigger` is `{container}/{path}`, not encoded. */
function uploadPath(metadata: InvocationContext['triggerMetadata']): string {
  const blobTrigger = metadata?.['blobTrigger'];
  if (typeof blobTrigger !== 'string') throw new Error('the blob trigger told no path');
  return blobTrigger.slice(blobTrigger.indexOf('/') + 1);
}

const isDeferred = process.env['POLYSCORE_BLOB_SDK_BINDING'] !== 'false';
if (isDeferred) registerBlobReferences();

app.storageBlob('scoreUpload', {
  path: `${CONTAINERS.inbox}/{endpoint}/{name}`,
  connection: STORAGE_CONNECTION,
  ...(isDeferred && { sdkBinding: true }),
  ...(process.env['POLYSCORE_BLOB_SOURCE'] === 'EventGrid' && { source: 'EventGrid' as const }),
  extraInputs: [df.input.durableClient()],
  handler: scoreUpload,
});
