import type { DurableClient } from 'durable-functions';
import { Inbox } from '../../shared/batch/inbox';
import { services, storageConnection } from '../../shared/services';
import { startJob } from './job-run';

/** Blob and queue triggers are registered with it. */
export const STORAGE_CONNECTION = storageConnection();

/** The inbox, starting jobs through this invocation's durable client. */
export function openInbox(client: DurableClient): Inbox {
  const { store, jobs } = services();
  return new Inbox({ store, jobs, start: (job) => startJob(client, job) });
}
