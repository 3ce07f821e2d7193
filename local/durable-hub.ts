import { type InvokeFunction } from './invocation';
import { type Log } from './log';

export interface WebhookAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the host needs of a durable task hub. */
export interface DurableHub {
  /** Takes up every unfinished orchestration. */
  start(): Promise<void>;
  /** Begins nothing new; resolves when what runs has ended and everything is on disk. */
  stop(): Promise<void>;
  /** The value of a `durableClient` input binding: URLs of this host, by which the durable client calls it. */
  clientBinding(): object;
  /** The durable client's HTTP API; `path` follows `/durabletask/`. */
  handle(method: string, path: string, query: URLSearchParams, body: string): Promise<WebhookAnswer>;
}

export interface DurableHubOptions {
  /** Where the hub keeps everything; its own. */
  readonly folder: string;
  readonly hubName: string;
  /** `http://host:port`, without a slash at the end. */
  readonly origin: string;
  /** What webhook callers must show as `code`; empty: nothing. */
  readonly webhookKey: string;
  readonly maxActivities: number;
  readonly maxOrchestrators: number;
  readonly invoke: InvokeFunction;
  readonly log: Log;
}

export type OpenDurableHub = (options: DurableHubOptions) => Promise<DurableHub>;
