import { app, type InvocationContext, type Timer } from '@azure/functions';
import * as df from 'durable-functions';
import { openInbox } from './support/inbox';

/** Uploads younger than this are left to their own event. */
const MINIMUM_AGE_MS = 2 * 60_000;

/** Every five minutes: starts the jobs of uploads whose event was missed, as blob triggers may miss some. */
export async function sweepInbox(_timer: Timer, context: InvocationContext): Promise<void> {
  const started = await openInbox(df.getClient(context)).sweep(new Date(), MINIMUM_AGE_MS);
  if (started > 0) context.warn(`started ${started} jobs whose upload event was missed`);
}

app.timer('sweepInbox', {
  schedule: '30 */5 * * * *',
  extraInputs: [df.input.durableClient()],
  handler: sweepInbox,
});
