import * as df from 'durable-functions';
import type { MiniBatchTask } from '../shared/batch/mini-batch-scorer';
import { services } from '../shared/services';

df.app.activity('scoreMiniBatch', {
  handler: (task: MiniBatchTask) => services().jobs.scoreMiniBatch(task),
});
