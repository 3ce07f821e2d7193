/** Where a task hub's HTTP calls are served, and how they are authorised. */
export interface HubAddress {
  /** Origin of the host, for example `http://127.0.0.1:7071`. */
  readonly baseUrl: string;
  readonly hubName: string;
  /** Key that the webhook addresses carry as `code`; none without. */
  readonly systemKey?: string;
}

/** Path under which clients with a key, or a browser, manage instances. */
export const WEBHOOK_PATH = '/runtime/webhooks/durabletask';
/** Path under which the SDK's client inside the app does; without a key. */
export const RPC_PATH = '/durabletask';

const ID_PLACEHOLDER = 'INSTANCEID';

/** The addresses of one instance, as the answer to a start shows them. */
export function instanceAddresses(address: HubAddress, instanceId: string): Record<string, string> {
  const uris: Record<string, string> = managementUris(address, encodeURIComponent(instanceId));
  delete uris['rewindPostUri'];
  return { id: instanceId, ...uris };
}

/**
 * The value of a `durableClient` input binding: the JSON text from which durable-functions makes its client
 * (its `OrchestrationClientInputData`).
 */
export function durableClientBinding(address: HubAddress): string {
  const webhook = `${address.baseUrl}${WEBHOOK_PATH}`;
  const code = address.systemKey === undefined ? '' : `code=${address.systemKey}`;
  const create = `${webhook}/orchestrators/{functionName}[/{instanceId}]`;
  const wait = 'timeout={timeoutInSeconds}&pollingInterval={intervalInSeconds}';
  return JSON.stringify({
    taskHubName: address.hubName,
    connectionName: null,
    creationUrls: {
      createNewInstancePostUri: code ? `${create}?${code}` : create,
      createAndWaitOnNewInstancePostUri: `${create}?${wait}${code && `&${code}`}`,
    },
    managementUrls: { id: ID_PLACEHOLDER, ...managementUris(address, ID_PLACEHOLDER) },
    baseUrl: webhook,
    requiredQueryStringParameters: code,
    rpcBaseUrl: `${address.baseUrl}${RPC_PATH}/`,
    httpBaseUrl: null,
  });
}

function managementUris({ baseUrl, hubName, systemKey }: HubAddress, id: string) {
  const instance = `${baseUrl}${WEBHOOK_PATH}/instances/${id}`;
  const code = systemKey === undefined ? '' : `&code=${systemKey}`;
  const query = `taskHub=${hubName}&connection=Storage${code}`;
  return {
    statusQueryGetUri: `${instance}?${query}`,
    sendEventPostUri: `${instance}/raiseEvent/{eventName}?${query}`,
    terminatePostUri: `${instance}/terminate?reason={text}&${query}`,
    rewindPostUri: `${instance}/rewind?reason={text}&${query}`,
    purgeHistoryDeleteUri: `${instance}?${query}`,
    restartPostUri: `${instance}/restart?${query}`,
    suspendPostUri: `${instance}/suspend?reason={text}&${query}`,
    resumePostUri: `${instance}/resume?reason={text}&${query}`,
  };
}
