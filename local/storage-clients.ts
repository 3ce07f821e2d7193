import { DefaultAzureCredential } from '@azure/identity';
import { BlobServiceClient, type StorageRetryOptions } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { StartError } from './start-error';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface StorageClients {
  readonly blobs: BlobServiceClient;
  readonly queues: QueueServiceClient;
}

/** The settings under which functions and triggers look for storage: the host's own and the data account's. */
const connections = ['AzureWebJobsStorage', 'PolyscoreStorage'];

/**
 * The environment that names one account to every function: a connection string as it is, an account URL
 * (`https://account.blob.core.windows.net`) as the service URIs that go with an identity. Throws StartError.
 */
export function storageEnvironment(storage: string): Record<string, string> {
  if (!/^https?:/u.test(storage)) return Object.fromEntries(connections.map((name) => [name, storage]));
  if (!URL.canParse(storage) || !new URL(storage).host.includes('.blob.'))
    throw new StartError(
      `POLYSCORE_STORAGE: expected a connection string or https://<account>.blob.<domain>, got ${storage}`,
    );
  const blob = new URL(storage).origin;
  const queue = blob.replace('.blob.', '.queue.');
  return Object.fromEntries(
    connections.flatMap((name) => [
      [`${name}__blobServiceUri`, blob],
      [`${name}__queueServiceUri`, queue],
    ]),
  );
}

/**
 * Clients for a trigger's `connection`, resolved as the Functions host does: setting `NAME` or
 * `AzureWebJobsNAME` holds a connection string, else `NAME__blobServiceUri`, `NAME__queueServiceUri` or
 * `NAME__accountName` name an account for DefaultAzureCredential. Throws StartError where neither is set.
 */
export function storageClients(
  connection: string,
  environment: Environment,
  retryOptions: StorageRetryOptions = {},
): StorageClients {
  const text = environment[connection] ?? environment[`AzureWebJobs${connection}`];
  if (text !== undefined && text !== '') {
    return {
      blobs: BlobServiceClient.fromConnectionString(text, { retryOptions }),
      queues: QueueServiceClient.fromConnectionString(text, { retryOptions }),
    };
  }
  const account = environment[`${connection}__accountName`];
  const uri = (service: string): string | undefined =>
    environment[`${connection}__${service}ServiceUri`] ??
    (account === undefined ? undefined : `https://${account}.${service}.core.windows.net`);
  const blob = uri('blob');
  const queue = uri('queue') ?? blob?.replace('.blob.', '.queue.');
  if (blob === undefined || queue === undefined)
    throw new StartError(
      `Connection ${connection}: neither ${connection} nor ${connection}__blobServiceUri is set`,
    );
  const clientId = environment[`${connection}__clientId`];
  const credential = new DefaultAzureCredential(
    clientId === undefined ? {} : { managedIdentityClientId: clientId },
  );
  return {
    blobs: new BlobServiceClient(blob, credential, { retryOptions }),
    queues: new QueueServiceClient(queue, credential, { retryOptions }),
  };
}

/** Replaces `%NAME%` by the setting of that name. Throws StartError for one that is not set. */
export function resolveSettings(text: string, environment: Environment): string {
  return text.replaceAll(/%([^%]+)%/gu, (_match, name: string) => {
    const value = environment[name];
    if (value === undefined) throw new StartError(`"${text}": setting ${name} is not set`);
    return value;
  });
}
