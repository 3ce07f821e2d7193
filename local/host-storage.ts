import { startAzurite } from './azurite';
import { type DataFolder } from './data-folder';
import { namesStorage } from './host-environment';
import { type Log, errorText } from './log';
import { StartError } from './start-error';
import { type Environment, storageClients } from './storage-clients';

const CHECK_LIMIT_MS = 10_000;

export interface HostStorage {
  /** Connection string or account URL; undefined where the environment names the account. */
  readonly connection: string | undefined;
  readonly startedHere: boolean;
  /** Resolves with the reason when the storage that the host started ends by itself; else never. */
  readonly failed: Promise<string>;
  stop(): Promise<void>;
}

/** The storage that the caller or the environment names, else an Azurite over the data folder's `azurite`. */
export async function openHostStorage(
  storage: string | undefined,
  data: DataFolder,
  log: Log,
): Promise<HostStorage> {
  if (storage !== undefined || namesStorage(process.env)) {
    const never = new Promise<string>(() => undefined);
    return { connection: storage, startedHere: false, failed: never, stop: () => Promise.resolve() };
  }
  log.debug('No storage is configured: starting Azurite');
  const azurite = await startAzurite(data.subfolder('azurite'));
  const failed = azurite.ended.then(() => 'Azurite has ended by itself');
  return { connection: azurite.connectionString, startedHere: true, failed, stop: () => azurite.stop() };
}

/** Makes sure that the host's storage answers; resolves to its name. Throws StartError. */
export async function checkStorage(environment: Environment): Promise<string> {
  const { blobs } = storageClients('AzureWebJobsStorage', environment, { maxTries: 2, retryDelayInMs: 500 });
  try {
    await blobs.getProperties({ abortSignal: AbortSignal.timeout(CHECK_LIMIT_MS) });
  } catch (error) {
    const reason = errorText(error);
    throw new StartError(
      `Storage at ${blobs.url} does not answer (${reason}); POLYSCORE_STORAGE names the account, unset it to have Azurite started`,
      { cause: error },
    );
  }
  return blobs.url;
}
