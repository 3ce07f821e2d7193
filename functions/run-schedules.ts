import { app, type InvocationContext, type Timer } from '@azure/functions';
import * as df from 'durable-functions';
import { Schedules } from '../shared/batch/schedules';
import { services } from '../shared/services';
import { startJob } from './support/job-run';

/** Every minute: submits the jobs of schedule documents that have fallen due. */
export async function runSchedules(_timer: Timer, context: InvocationContext): Promise<void> {
  const client = df.getClient(context);
  const { store, jobs } = services();
  const schedules = new Schedules({ store, jobs, start: (job) => startJob(client, job) });
  for (const { schedule, due, result } of await schedules.tick(new Date())) {
    if ('job' in result) context.log(`schedule ${schedule} due ${due}: job ${result.job.id}`);
    else context.warn(`schedule ${schedule} due ${due}: ${result.failure.code}: ${result.failure.detail}`);
  }
}

app.timer('runSchedules', {
  schedule: '0 * * * * *',
  extraInputs: [df.input.durableClient()],
  handler: runSchedules,
});
