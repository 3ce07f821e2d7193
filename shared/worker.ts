/**
 * Entry and composition root of a worker thread: mini-batches of batch scoring, and sessions that are placed on
 * workers. Runs compiled only; the pool in services.ts names this file.
 */
import { workerData } from 'node:worker_threads';
import { MiniBatchScorer, type MiniBatchTask } from './batch/mini-batch-scorer';
import type { Config } from './config';
import { createOnnxEngine } from './runtime/onnx-engine';
import { serveWorkerTasks } from './runtime/serve-worker-tasks';
import { SessionCache } from './runtime/session-cache';
import { sessionTasks } from './runtime/session-tasks';
import { openRegistries } from './services';

const config = workerData as Config;
const engine = createOnnxEngine();
let scorer: MiniBatchScorer | undefined;

function miniBatchScorer(): MiniBatchScorer {
  const { store, models } = openRegistries(config);
  const sessions = new SessionCache({
    engine,
    fetch: models.fetch.bind(models),
    fetchMany: models.fetchMany.bind(models),
    budgetBytes: config.workerSessionBudgetBytes,
  });
  return new MiniBatchScorer(store, sessions);
}

serveWorkerTasks({
  'score-mini-batch': (task: MiniBatchTask) => (scorer ??= miniBatchScorer()).score(task),
  ...sessionTasks(engine),
});
