import path from 'node:path';
import { JobService } from './batch/job-service';
import { readConfig, storageConnectionName, type Config } from './config';
import { EndpointStore } from './endpoints/endpoint-store';
import { ModelRegistry } from './registry/model-registry';
import type { Engine } from './runtime/engine';
import { createKernelEngine } from './runtime/kernels/kernel-engine';
import { createOnnxEngine } from './runtime/onnx-engine';
import { createPlacedEngine } from './runtime/placement';
import { SessionCache } from './runtime/session-cache';
import { WorkerPool } from './runtime/worker-pool';
import { OnlineScorer } from './scoring/online-scorer';
import { createAzureBlobStore } from './storage/azure-blob-store';
import { CONTAINERS, type BlobStore } from './storage/blob-store';

/** Everything a function needs, wired once per process. */
export interface Services {
  readonly config: Config;
  /** The data account: config, inbox, ledger, predictions, candidates. */
  readonly store: BlobStore;
  /** The production registry: the only one that is served. */
  readonly models: ModelRegistry;
  readonly candidates: ModelRegistry;
  readonly endpoints: EndpointStore;
  readonly sessions: SessionCache;
  readonly onlineScorer: OnlineScorer;
  readonly jobs: JobService;
  /** Ends worker threads and sessions. */
  close(): Promise<void>;
}

let memo: Services | undefined;

/** The process's services, made at the first call from the environment's settings. Opens no connection. */
export function services(): Services {
  memo ??= createServices(readConfig(process.env));
  return memo;
}

/** Name of the setting that holds the data account's connection: blob and queue triggers are registered with it. */
export function storageConnection(): string {
  return storageConnectionName(process.env);
}

/** Ends the process's services, if there are any; the next call of {@link services} makes new ones. */
export async function closeServices(): Promise<void> {
  const open = memo;
  memo = undefined;
  await open?.close();
}

/** Wires services for a configuration. Throws ServingError `misconfigured` where no storage is configured. */
export function createServices(config: Config): Services {
  const { store, models, candidates } = openRegistries(config);
  const endpoints = new EndpointStore(store, { refreshMs: config.refreshMs });
  // Two pools: a mini-batch holds its thread for seconds, and an online request must not wait behind it.
  const batchWorkers = new WorkerPool({ ...workerEntry(config), size: config.workers });
  const sessionWorkers = new WorkerPool({ ...workerEntry(config), size: config.workers });
  const engine = createPlacedEngine({ inline: createEngine(config), workers: sessionWorkers });
  const sessions = new SessionCache({
    engine,
    fetch: models.fetch.bind(models),
    fetchMany: models.fetchMany.bind(models),
    budgetBytes: config.sessionBudgetBytes,
  });
  const onlineScorer = new OnlineScorer({ endpoints, models, sessions, maxRows: config.requestRows });
  const jobs = new JobService({ store, endpoints, models, workers: batchWorkers });
  const close = async (): Promise<void> => {
    await Promise.all([batchWorkers.close(), sessions.close()]);
    await sessionWorkers.close();
  };
  return { config, store, models, candidates, endpoints, sessions, onlineScorer, jobs, close };
}

/** The part of the services that worker threads need too. */
export function openRegistries(config: Config): Pick<Services, 'store' | 'models' | 'candidates'> {
  const store = createAzureBlobStore({
    connectionString: config.storageConnectionString,
    accountUrl: config.storageBlobServiceUri,
    clientId: config.storageClientId,
  });
  const hasOwnModels = Boolean(config.modelsConnectionString ?? config.modelsBlobServiceUri);
  const modelStore = hasOwnModels
    ? createAzureBlobStore({
        connectionString: config.modelsConnectionString,
        accountUrl: config.modelsBlobServiceUri,
        clientId: config.modelsClientId,
      })
    : store;
  const { refreshMs } = config;
  return {
    store,
    models: new ModelRegistry(modelStore, CONTAINERS.models, { refreshMs }),
    candidates: new ModelRegistry(store, CONTAINERS.candidates, { refreshMs }),
  };
}

/** What runs models on the thread that calls it. */
export function createEngine({ hasKernels }: Config): Engine {
  const engine = createOnnxEngine();
  return hasKernels ? createKernelEngine(engine) : engine;
}

/** Threads run compiled code: where this file is TypeScript (under jest), the build's worker stands in. */
function workerEntry(config: Config): { entry: string; workerData: Config } {
  const folder = __filename.endsWith('.ts') ? path.join(__dirname, '../dist/shared') : __dirname;
  return { entry: path.join(folder, 'worker.js'), workerData: config };
}
