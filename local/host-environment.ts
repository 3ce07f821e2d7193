import { type Environment, storageEnvironment } from './storage-clients';

const accounts = ['PolyscoreStorage', 'AzureWebJobsStorage'] as const;
const suffixes = ['', '__blobServiceUri', '__queueServiceUri', '__accountName', '__clientId'];
/** What templates of Functions apps say for "a local storage"; this host starts one. */
const DEVELOPMENT = 'UseDevelopmentStorage=true';

/** The settings that name an account, under the one name or the other; undefined where none does. */
function accountSettings(environment: Environment): [suffix: string, value: string][] | undefined {
  for (const account of accounts) {
    const found = suffixes.flatMap((suffix): [string, string][] => {
      const value = environment[`${account}${suffix}`];
      return value === undefined || value === '' || value === DEVELOPMENT ? [] : [[suffix, value]];
    });
    if (found.length > 0) return found;
  }
  return undefined;
}

/** True if the environment itself names a storage account, other than `UseDevelopmentStorage=true`. */
export function namesStorage(environment: Environment): boolean {
  return accountSettings(environment) !== undefined;
}

/**
 * Settings that functions expect of a Functions host: one account under both of its names, and the host's own
 * address, which the durable client needs.
 */
export function hostEnvironment(
  environment: Environment,
  storage: string | undefined,
  address: string,
): Record<string, string> {
  const own = accountSettings(environment) ?? [];
  const account =
    storage === undefined
      ? Object.fromEntries(
          own.flatMap(([suffix, value]) => accounts.map((name) => [`${name}${suffix}`, value])),
        )
      : storageEnvironment(storage);
  const unset = Object.fromEntries(accounts.map((name) => [name, ''])); // a connection string would win over URIs
  return { FUNCTIONS_WORKER_RUNTIME: 'node', ...unset, ...account, WEBSITE_HOSTNAME: address };
}

/** Sets process settings until the answered function puts the former ones back. */
export function setEnvironment(settings: Readonly<Record<string, string>>): () => void {
  const former = Object.keys(settings).map((name): [string, string | undefined] => [name, process.env[name]]);
  Object.assign(process.env, settings);
  return () => {
    for (const [name, value] of former) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  };
}
