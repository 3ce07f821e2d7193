import * as df from 'durable-functions';
import type { PlanTask } from '../shared/batch/batch-tasks';
import { services } from '../shared/services';

df.app.activity('planJob', {
  handler: (task: PlanTask) => services().jobs.plan(task),
});
