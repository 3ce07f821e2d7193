import type * as Identity from '@azure/identity';
import { BlobServiceClient, type StoragePipelineOptions, StorageRetryPolicyType } from '@azure/storage-blob';
import { ServingError } from '../errors';

/** Either a connection string (Azurite) or an account URL with an identity (Azure). */
export interface BlobServiceSettings {
  readonly connectionString?: string | undefined;
  /** `https://{account}.blob.core.windows.net`. */
  readonly accountUrl?: string | undefined;
  /** Client id of a user-assigned identity; without one, whichever identity the environment offers. */
  readonly clientId?: string | undefined;
  /** Tries of one request, the first one included; default 4. */
  readonly maxTries?: number | undefined;
}

/** Opens the client; sends nothing. Throws ServingError `misconfigured` for settings that name no account. */
export function openBlobService(settings: BlobServiceSettings): BlobServiceClient {
  const { connectionString, accountUrl, clientId, maxTries = 4 } = settings;
  const options: StoragePipelineOptions = {
    keepAliveOptions: { enable: true },
    retryOptions: {
      retryPolicyType: StorageRetryPolicyType.EXPONENTIAL,
      maxTries,
      retryDelayInMs: 200,
      maxRetryDelayInMs: 4_000,
    },
  };
  try {
    if (connectionString !== undefined) {
      return BlobServiceClient.fromConnectionString(connectionString, options);
    }
    if (accountUrl !== undefined) {
      const { DefaultAzureCredential } = loadIdentity();
      const credential = new DefaultAzureCredential(
        clientId === undefined ? {} : { managedIdentityClientId: clientId },
      );
      return new BlobServiceClient(new URL(accountUrl).href, credential, options);
    }
  } catch (cause) {
    const place = connectionString === undefined ? 'account URL' : 'connection string';
    throw new ServingError('misconfigured', `The storage ${place} cannot be read`, { cause });
  }
  throw new ServingError('misconfigured', 'Storage needs a connection string or an account URL');
}

/** On first use only: the identity library takes a cold start's time, and Azurite needs none of it. */
function loadIdentity(): typeof Identity {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a static import is not lazy, import() is not synchronous
  return require('@azure/identity') as typeof Identity;
}
