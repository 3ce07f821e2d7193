import type { DurableClient } from 'durable-functions';
import { Inbox } from '../../shared/batch/inbox';
import { services } from '../../shared/services';
import { startJob } from './job-run';

/** Name of the setting that holds the data account's connection; blob and queue triggers use it. */
export const STORAGE_CONNECTION = 'PolyscoreStorage';

/** The inbox, starting jobs through this invocation's durable client. */
export function openInbox(client: DurableClient): Inbox {
  const { store, jobs } = services();
  return new Inbox({ store, jobs, start: (job) => startJob(client, job) });
}
