import { answerClientHttp } from './durable/client-http-api';
import { durableClientBinding, type HubAddress } from './durable/client-addresses';
import { TaskHub } from './durable/task-hub';
import { type RegisteredFunction } from './functions-core';
import { type InvokeFunction } from './invocation';
import { type Log } from './log';
import { userLog } from './user-log';

export interface WebhookRequest {
  readonly method: string;
  /** As it came, escapes included, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export interface WebhookAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the host needs of a durable task hub. */
export interface DurableHub {
  /** Takes up every unfinished orchestration. */
  start(): void;
  /** Begins nothing new; resolves when what runs has ended, at most after `graceMs`, and all is on disk. */
  stop(graceMs: number): Promise<void>;
  /** The value of a `durableClient` input binding, JSON text: URLs of this host, by which the client calls it. */
  clientBinding(): string;
  /** Answers the durable client's HTTP API. */
  handle(request: WebhookRequest): Promise<WebhookAnswer>;
}

export interface DurableHubOptions {
  /** Where the hub keeps everything; its own. */
  readonly folder: string;
  readonly hubName: string;
  /** `http://host:port`, without a slash at the end. */
  readonly origin: string;
  /** What webhook callers must show as `code`; undefined: nothing. */
  readonly webhookKey: string | undefined;
  readonly maxActivities: number;
  readonly maxOrchestrators: number;
  readonly functions: readonly RegisteredFunction[];
  readonly invoke: InvokeFunction;
  readonly log: Log;
}

/** True if the app has functions that need a task hub. */
export function needsDurableHub(functions: readonly RegisteredFunction[]): boolean {
  const types = functions.flatMap(({ metadata }) => Object.values(metadata.bindings).map(({ type }) => type));
  return types.some((type) => type === 'orchestrationTrigger' || type === 'durableClient');
}

/** The task hub on disk behind the host's interface. */
export function createDurableHub(options: DurableHubOptions): DurableHub {
  const { folder, hubName, origin, webhookKey, maxActivities, maxOrchestrators, invoke, log } = options;
  const functions = options.functions.map(({ name, trigger }) => ({ name, triggerType: trigger.type }));
  const address: HubAddress = {
    baseUrl: origin,
    hubName,
    ...(webhookKey !== undefined && { systemKey: webhookKey }),
  };
  const hub = new TaskHub({
    folder,
    hubName,
    invoke,
    functions: () => functions,
    maxConcurrentActivities: maxActivities,
    maxConcurrentOrchestrators: maxOrchestrators,
    baseUrl: origin,
    log: userLog(log, `Task hub ${hubName}`),
  });
  const binding = durableClientBinding(address);
  return {
    start: () => {
      hub.open();
    },
    stop: (graceMs) => hub.close(graceMs),
    clientBinding: () => binding,
    handle: ({ method, path, query, body, headers }) =>
      answerClientHttp(hub, address, method, path, query, body, headers),
  };
}
