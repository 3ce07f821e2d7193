import { z } from 'zod';
import { ServingError } from '../errors';
import { CONTAINERS } from '../storage/blob-store';

const CREATED = 'Microsoft.Storage.BlobCreated';
const PREFIX = `/blobServices/default/containers/${CONTAINERS.inbox}/blobs/`;

/** Event Grid's own schema and CloudEvents 1.0: the members that both say what happened to which blob with. */
const eventSchema = z.union([
  z
    .object({ eventType: z.string(), subject: z.string() })
    .transform(({ eventType, subject }) => ({ type: eventType, subject })),
  z.object({ type: z.string(), subject: z.string() }).transform(({ type, subject }) => ({ type, subject })),
]);

/**
 * Path inside the inbox of the blob that an Event Grid message tells of; undefined for other events and containers.
 * Throws ServingError `invalid-payload` where the message is no event.
 */
export function inboxPathOf(message: unknown): string | undefined {
  const event = eventSchema.safeParse(message).data;
  if (!event) throw new ServingError('invalid-payload', 'The queue message is no Event Grid event of a blob');
  return event.type === CREATED && event.subject.startsWith(PREFIX)
    ? event.subject.slice(PREFIX.length)
    : undefined;
}
