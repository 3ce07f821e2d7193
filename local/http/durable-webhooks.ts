import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type DurableHub } from '../durable-hub';
import { describeError, type Log } from '../log';
import { type Webhooks } from './dispatch';
import { type FunctionKeys } from './function-keys';
import { RequestBody } from './request-body';
import { joinHeaders } from './request-headers';
import { type RequestTarget } from './request-target';

const WEBHOOK_PATH = '/runtime/webhooks/durabletask/';
const RPC_PATH = '/durabletask/';
const BODY_LIMIT_BYTES = 16 * 1024 * 1024;
const loopback: ReadonlySet<string> = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

/**
 * Serves a task hub's HTTP API under both paths of the real host: the public webhooks, which need the key as
 * `code` where keys are in force, and the RPC path of the durable client, which only this machine may call.
 */
export function createDurableWebhooks(hub: DurableHub, keys: FunctionKeys | undefined, log: Log): Webhooks {
  return (message, response, target) => {
    const base = [WEBHOOK_PATH, RPC_PATH].find((path) => target.path.startsWith(path));
    if (base === undefined) return false;
    if (base === RPC_PATH ? !isOwnMachine(message) : !mayCall(target)) send(response, 401, {}, '');
    else void answer(message, response, target);
    return true;
  };

  function mayCall({ search }: RequestTarget): boolean {
    return keys?.opensWebhooks(new URLSearchParams(search).get('code') ?? undefined) ?? true;
  }

  async function answer(
    message: IncomingMessage,
    response: ServerResponse,
    target: RequestTarget,
  ): Promise<void> {
    try {
      const body = await new RequestBody(message, BODY_LIMIT_BYTES).bytes();
      const answered = await hub.handle({
        method: message.method ?? 'GET',
        path: message.url?.split('?', 1)[0] ?? '/',
        query: new URLSearchParams(target.search),
        body: body.toString('utf8'),
        headers: Object.fromEntries(joinHeaders(message.rawHeaders)),
      });
      send(response, answered.status, answered.headers, answered.body);
    } catch (thrown) {
      log.error(`${message.method ?? ''} ${target.path} failed: ${describeError(thrown)}`);
      if (!response.headersSent) send(response, 500, {}, '');
    }
  }
}

function isOwnMachine({ socket, headers }: IncomingMessage): boolean {
  return loopback.has(socket.remoteAddress ?? '') && headers['x-forwarded-for'] === undefined;
}

function send(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
): void {
  response.writeHead(status, { ...headers, 'content-length': String(Buffer.byteLength(body)) });
  response.end(body);
}
