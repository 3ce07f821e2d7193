import { type IncomingMessage, type ServerResponse } from 'node:http';
import { describeError, type Log } from '../log';
import { type FunctionKeys, type AuthLevel } from './function-keys';
import { type HttpCall } from './http-call';
import { RequestBody } from './request-body';
import { refuseBody } from './refuse-body';
import { readTarget, type RequestTarget } from './request-target';
import { type RouteTable, type RouteMatch } from './route-table';
import { type Throttle } from './throttle';
import { writeAnswer } from './write-answer';

/** An HTTP function behind its route. */
export interface HttpFunction {
  readonly name: string;
  readonly authLevel: AuthLevel;
  readonly call: HttpCall;
}

/** Serves what belongs to the host itself (the durable webhooks); false where the path is not its own. */
export type Webhooks = (message: IncomingMessage, response: ServerResponse, target: RequestTarget) => boolean;

export interface DispatchOptions {
  readonly routes: RouteTable<HttpFunction>;
  readonly webhooks: Webhooks;
  /** Undefined: nobody needs a key, as under Core Tools. */
  readonly keys: FunctionKeys | undefined;
  readonly throttle: Throttle;
  /** Largest request body, bytes. */
  readonly bodyLimitBytes: number;
  readonly log: Log;
}

export type Dispatch = (message: IncomingMessage, response: ServerResponse) => void;

/**
 * Takes each request to its function and answers as the Functions host does: 400 for a malformed target, 404
 * without body for an unknown route or a wrong method, 401 without the key, 413 over the body limit, 429 when
 * full, and an empty 500 for a handler that throws.
 */
export function createDispatch(options: DispatchOptions): Dispatch {
  const { routes, webhooks, keys, throttle, log } = options;

  return (message, response) => {
    const target = readTarget(message);
    if (!target) {
      respond(response, 400);
      return;
    }
    if (webhooks(message, response, target)) return;
    const found = routes.find(message.method ?? '', target.path);
    if (!found) respond(response, 404);
    else if (keys && !keys.opens(found.target.authLevel, shownKey(message, target))) respond(response, 401);
    else if (throttle.isFull) respond(response, 429, { 'retry-after': '1' });
    else void serve(message, response, found);
  };

  async function serve(
    message: IncomingMessage,
    response: ServerResponse,
    { target, values }: RouteMatch<HttpFunction>,
  ): Promise<void> {
    const wait = throttle.enter();
    if (wait) await wait;
    const body = requestBody(message, options.bodyLimitBytes);
    try {
      if (Number(message.headers['content-length']) > options.bodyLimitBytes) {
        await refuseBody(message, response);
        return;
      }
      const answer = await target.call(message, values, body);
      if (body.hasExceeded) await refuseBody(message, response);
      else await writeAnswer(response, answer);
    } catch (thrown) {
      if (body.hasExceeded) await refuseBody(message, response);
      else fail(response, target.name, thrown);
    } finally {
      throttle.leave();
    }
  }

  function fail(response: ServerResponse, name: string, thrown: unknown): void {
    if (response.destroyed && !response.headersSent) {
      log.debug(`${name}: the client went away: ${describeError(thrown)}`);
      return;
    }
    log.error(`${name} failed: ${describeError(thrown)}`);
    if (!response.headersSent) respond(response, 500);
  }
}

/** GET and HEAD have no body: the library drops it, since fetch forbids one. */
function requestBody(message: IncomingMessage, limitBytes: number): RequestBody {
  const hasNone = message.method === 'GET' || message.method === 'HEAD';
  return new RequestBody(hasNone ? undefined : message, limitBytes);
}

function shownKey(message: IncomingMessage, { search }: RequestTarget): string | undefined {
  const header = message.headers['x-functions-key'];
  if (typeof header === 'string') return header;
  return new URLSearchParams(search).get('code') ?? undefined;
}

function respond(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, { ...headers, 'content-length': '0' });
  response.end();
}
