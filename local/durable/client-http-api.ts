import { instanceAddresses, RPC_PATH, WEBHOOK_PATH, type HubAddress } from './client-addresses';
import { type InstanceQuery } from './instance-query';
import { isFinished } from './orchestration-instance';
import { InstanceExistsError, UnknownOrchestratorError, type Outcome, type TaskHub } from './task-hub';

export interface ClientHttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty for an answer without a body. */
  readonly body: string;
}

interface ClientHttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
const OUTCOMES: Readonly<Record<Outcome, number>> = {
  accepted: 202,
  'not-found': 404,
  finished: 410,
  'not-failed': 412,
  unsupported: 501,
};

/** Whether a path belongs to the durable client's HTTP calls, under either of its two bases. */
export function isClientHttpPath(path: string): boolean {
  return segmentsOf(path) !== undefined;
}

/**
 * Answers the HTTP calls of durable-functions' client, as the extension's HttpApiHandler does. `path` is the
 * URL's path as it came, escapes included; `body` is text, empty for none. Checking the key is the caller's.
 */
export async function answerClientHttp(
  hub: TaskHub,
  address: HubAddress,
  method: string,
  path: string,
  query: URLSearchParams,
  body = '',
  headers: Readonly<Record<string, string | undefined>> = {},
): Promise<ClientHttpAnswer> {
  const [resource, first, second, third, ...rest] = segmentsOf(path) ?? [];
  const request = { method, path, query, body, headers };
  if (rest.length > 0) return empty(404);
  if (resource === 'orchestrators' && method === 'POST' && first && third === undefined) {
    return startInstance(hub, address, first, second, body);
  }
  if (resource === 'entities' && first && third === undefined) {
    return answerEntity(hub, request, first, second ?? '');
  }
  if (resource !== 'instances') return empty(404);
  if (!first) return answerInstances(hub, request);
  if (second === undefined) return answerInstance(hub, address, request, first);
  if (method !== 'POST') return empty(404);
  if (second === 'raiseEvent' && third) return raiseEvent(hub, first, third, body);
  return third === undefined ? control(hub, address, request, first, second) : empty(404);
}

async function startInstance(
  hub: TaskHub,
  address: HubAddress,
  name: string,
  instanceId: string | undefined,
  body: string,
): Promise<ClientHttpAnswer> {
  const input = parseJson(body);
  if (body !== '' && !input)
    return problem(400, 'Invalid JSON content', 'The body is not JSON', 'System.ArgumentException');
  try {
    return started(address, await hub.start(name, input?.value, instanceId ?? undefined));
  } catch (error) {
    if (error instanceof UnknownOrchestratorError) {
      return problem(
        400,
        'One or more of the arguments submitted is incorrect',
        error.message,
        'System.ArgumentException',
      );
    }
    if (error instanceof InstanceExistsError) {
      const type = 'DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException';
      return problem(500, 'Something went wrong while processing your request', error.message, type);
    }
    throw error;
  }
}

function started(address: HubAddress, instanceId: string): ClientHttpAnswer {
  const addresses = instanceAddresses(address, instanceId);
  const headers = { ...JSON_TYPE, location: addresses['statusQueryGetUri'] ?? '', 'retry-after': '10' };
  return { status: 202, headers, body: JSON.stringify(addresses) };
}

async function answerInstances(
  hub: TaskHub,
  { method, query, headers }: ClientHttpRequest,
): Promise<ClientHttpAnswer> {
  const chosen = parseQuery(query, headers['x-ms-continuation-token']);
  if (method === 'DELETE') return purged(await hub.purge(chosen));
  if (method !== 'GET') return empty(404);
  const page = hub.list({ ...chosen, showInput: query.get('showInput') !== 'false' });
  const token =
    page.continuationToken === undefined ? {} : { 'x-ms-continuation-token': page.continuationToken };
  return { status: 200, headers: { ...JSON_TYPE, ...token }, body: JSON.stringify(page.statuses) };
}

async function answerInstance(
  hub: TaskHub,
  address: HubAddress,
  { method, path, query }: ClientHttpRequest,
  instanceId: string,
): Promise<ClientHttpAnswer> {
  if (method === 'DELETE') return purged(await hub.purge({ instanceId }));
  if (method !== 'GET') return empty(404);
  const showInput = query.get('showInput') !== 'false';
  const showOutput = query.get('showHistoryOutput') === 'true';
  const status =
    query.get('showHistory') === 'true'
      ? await hub.statusWithHistory(instanceId, { showInput, showOutput })
      : hub.status(instanceId, showInput);
  if (!status) return empty(404);
  const body = JSON.stringify(status);
  if (isFinished(status.runtimeStatus)) return { status: 200, headers: JSON_TYPE, body };
  const search = query.size > 0 ? `?${query.toString()}` : '';
  const location = `${address.baseUrl}${path}${search}`;
  return { status: 202, headers: { ...JSON_TYPE, location, 'retry-after': '5' }, body };
}

async function raiseEvent(
  hub: TaskHub,
  instanceId: string,
  name: string,
  body: string,
): Promise<ClientHttpAnswer> {
  const status = hub.status(instanceId, false);
  if (!status) return empty(404);
  if (isFinished(status.runtimeStatus)) return empty(410);
  const data = parseJson(body);
  if (!data)
    return { status: 400, headers: JSON_TYPE, body: JSON.stringify({ Message: 'Invalid JSON content' }) };
  return empty(OUTCOMES[await hub.raiseEvent(instanceId, name, data.value)]);
}

async function control(
  hub: TaskHub,
  address: HubAddress,
  { query }: ClientHttpRequest,
  instanceId: string,
  operation: string,
): Promise<ClientHttpAnswer> {
  const reason = query.get('reason') ?? '';
  switch (operation.toLowerCase()) {
    case 'terminate':
      return empty(OUTCOMES[await hub.terminate(instanceId, reason)]);
    case 'suspend':
      return empty(OUTCOMES[await hub.suspend(instanceId, reason)]);
    case 'resume':
      return empty(OUTCOMES[await hub.resume(instanceId, reason)]);
    case 'rewind':
      return empty(OUTCOMES[await hub.rewind(instanceId, reason)]);
    case 'restart': {
      const status = hub.status(instanceId);
      if (!status) return empty(404);
      const chosenId =
        query.get('restartWithNewInstanceId') === 'false' ? `/${encodeURIComponent(instanceId)}` : '';
      const path = `${RPC_PATH}/orchestrators/${encodeURIComponent(status.name)}${chosenId}`;
      return answerClientHttp(
        hub,
        address,
        'POST',
        path,
        new URLSearchParams(),
        JSON.stringify(status.input),
      );
    }
    default:
      return empty(404);
  }
}

async function answerEntity(
  hub: TaskHub,
  { method, query, body }: ClientHttpRequest,
  name: string,
  key: string,
): Promise<ClientHttpAnswer> {
  if (method === 'GET') {
    const state = hub.entityState({ name, key });
    return state === undefined ? empty(404) : { status: 200, headers: JSON_TYPE, body: state };
  }
  if (method !== 'POST') return empty(404);
  // A body that is not JSON is the input as text.
  const input = body === '' ? undefined : (parseJson(body) ?? { value: body }).value;
  await hub.signalEntity({ name, key }, query.get('op') ?? '', input);
  return empty(202);
}

function parseQuery(query: URLSearchParams, continuationToken: string | undefined): InstanceQuery {
  const [from, to] = ['createdTimeFrom', 'createdTimeTo'].map((name) => new Date(query.get(name) ?? ''));
  const top = Number(query.get('top'));
  const runtimeStatus = query
    .getAll('runtimeStatus')
    .flatMap((names) => names.split(','))
    .filter(Boolean);
  const instanceIdPrefix = query.get('instanceIdPrefix');
  return {
    ...(runtimeStatus.length > 0 && { runtimeStatus }),
    ...(isValid(from) && { createdTimeFrom: from }),
    ...(isValid(to) && { createdTimeTo: to }),
    ...(instanceIdPrefix && { instanceIdPrefix }),
    ...(Number.isInteger(top) && top > 0 && { top }),
    ...(continuationToken && { continuationToken }),
  };
}

function isValid(date: Date | undefined): date is Date {
  return date !== undefined && !Number.isNaN(date.getTime());
}

function segmentsOf(path: string): string[] | undefined {
  for (const base of [RPC_PATH, WEBHOOK_PATH]) {
    if (path.startsWith(`${base}/`))
      return path
        .slice(base.length + 1)
        .split('/')
        .map(unescaped);
  }
  return undefined;
}

function unescaped(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    // A lone percent sign escapes nothing: the segment means itself.
    return segment;
  }
}

function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    // The caller answers what is not JSON.
    return undefined;
  }
}

function purged(instancesDeleted: number): ClientHttpAnswer {
  if (instancesDeleted === 0) return empty(404);
  return { status: 200, headers: JSON_TYPE, body: JSON.stringify({ instancesDeleted }) };
}

function problem(
  status: number,
  Message: string,
  ExceptionMessage: string,
  ExceptionType: string,
): ClientHttpAnswer {
  const body = JSON.stringify({ Message, ExceptionMessage, ExceptionType, StackTrace: '' });
  return { status, headers: JSON_TYPE, body };
}

function empty(status: number): ClientHttpAnswer {
  return { status, headers: {}, body: '' };
}
