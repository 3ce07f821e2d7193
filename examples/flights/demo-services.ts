import { startAzurite } from '../../local/azurite';
import { ModelRegistry } from '../../shared/registry/model-registry';
import { createAzureBlobStore } from '../../shared/storage/azure-blob-store';
import { CONTAINERS, type BlobStore } from '../../shared/storage/blob-store';
import { prepareDemoFolder } from './demo-folder';
import { startHostProcess, type HostProcess } from './host-process';

export interface DemoServices {
  /** Absolute. */
  readonly folder: string;
  readonly store: BlobStore;
  readonly candidates: ModelRegistry;
  readonly production: ModelRegistry;
  readonly host: HostProcess;
}

/** What ends something that was started; last started, first ended. */
export type Closers = (() => Promise<void>)[];

/**
 * Azurite over the data folder, laid out as `npm start` lays it out, and the host, each a process of its own. What is
 * started is in `closers` before it is waited for, so that an interruption at any moment ends it.
 */
export async function startServices(dataFolder: string, closers: Closers): Promise<DemoServices> {
  const folder = await prepareDemoFolder(dataFolder);
  const startingAzurite = startAzurite(`${folder}/azurite`);
  closers.push(() => stopStarted(startingAzurite));
  const { connectionString } = await startingAzurite;
  const startingHost = startHostProcess({ dataFolder: folder, connectionString });
  closers.push(() => stopStarted(startingHost));
  const host = await startingHost;
  const store = createAzureBlobStore({ connectionString });
  await Promise.all(Object.values(CONTAINERS).map((container) => store.ensureContainer(container)));
  return {
    folder,
    store,
    candidates: new ModelRegistry(store, CONTAINERS.candidates),
    production: new ModelRegistry(store, CONTAINERS.models),
    host,
  };
}

/** Waits for a start that is under way; one that failed has left nothing to stop, and is reported by who waits for it. */
function stopStarted(starting: Promise<{ stop(): Promise<void> }>): Promise<void> {
  return starting.then(
    (started) => started.stop(),
    () => undefined,
  );
}
