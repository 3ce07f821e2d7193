/**
 * Entry and composition root of a worker thread: the tasks of batch scoring, and sessions that are placed on
 * workers. Runs compiled only; the pools in services.ts name this file.
 */
import { workerData } from 'node:worker_threads';
import { createBatchSessions } from './batch/batch-sessions';
import { createBatchTasks, type BatchTasks, type PlanTask } from './batch/batch-tasks';
import type { MiniBatchTask } from './batch/mini-batch-scorer';
import type { Config } from './config';
import { serveWorkerTasks } from './runtime/serve-worker-tasks';
import { sessionTasks } from './runtime/session-tasks';
import { createEngine, openRegistries } from './services';

const config = workerData as Config;
const engine = createEngine(config);
let batch: BatchTasks | undefined;

/** On first use: a thread that serves sessions only needs no storage. */
function batchTasks(): BatchTasks {
  const { store, models } = openRegistries(config);
  return createBatchTasks({
    store,
    sessions: createBatchSessions({ models, engine, budgetBytes: config.workerSessionBudgetBytes }),
  });
}

serveWorkerTasks({
  'plan-job': (task: PlanTask) => (batch ??= batchTasks())['plan-job'](task),
  'score-mini-batch': (task: MiniBatchTask) => (batch ??= batchTasks())['score-mini-batch'](task),
  ...sessionTasks(engine),
});
