import { once } from 'node:events';
import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestAzurite } from '../../support/azurite';

/** One request to blob storage. */
export interface StorageRequest {
  readonly method: string;
  readonly container: string;
  /** Inside the container; empty for the container itself. */
  readonly path: string;
  /** Query parameter `comp`: `block`, `blocklist`, `list`, …; empty where absent. */
  readonly comp: string;
}

/** Before storage gets the request, when it has half of its body, or when it has answered and the caller does not know. */
export type Moment = 'before' | 'during' | 'after';

interface Trap {
  readonly moment: Moment;
  readonly matches: (request: StorageRequest) => boolean;
  readonly spring: () => void;
}

/** A wire between a host and its blob storage on which the host can be cut off at an exact request. */
export interface StorageTap {
  /** Names the tap in place of storage. */
  readonly connectionString: string;
  /** Calls `spring` at a moment of the first request that matches; that request gets no answer. One trap at a time. */
  set(trap: Trap): void;
  stop(): Promise<void>;
}

/** Puts a tap in front of a real Azurite: every request passes unchanged, until the trap springs. */
export async function startStorageTap(azurite: TestAzurite): Promise<StorageTap> {
  const { hostname, port, pathname, origin } = new URL(azurite.blobUrl);
  const agent = new Agent({ keepAlive: true });
  let trap: Trap | undefined;

  const server = createServer((incoming, answer) => {
    const taken = trap?.matches(readRequest(incoming, pathname)) === true ? trap : undefined;
    if (taken) trap = undefined;
    if (taken?.moment === 'before') {
      taken.spring();
      return;
    }
    forward(incoming, answer, taken);
  });
  server.keepAliveTimeout = 60_000;

  function forward(incoming: IncomingMessage, answer: ServerResponse, taken: Trap | undefined): void {
    const { method, url: path, headers } = incoming;
    const outgoing = request({ hostname, port, method, path, headers, agent });
    outgoing.on('error', () => answer.destroy());
    answer.on('close', () => {
      if (!answer.writableEnded) outgoing.destroy();
    });
    outgoing.on('response', (reply) => {
      if (taken?.moment === 'after') {
        reply.resume().once('end', taken.spring);
        return;
      }
      answer.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(answer);
    });
    if (taken?.moment === 'during') sendHalf(incoming, outgoing, taken.spring);
    else incoming.pipe(outgoing);
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const own = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    connectionString: azurite.connectionString.replace(`BlobEndpoint=${origin}`, `BlobEndpoint=${own}`),
    set: (next) => {
      trap = next;
    },
    stop: async () => {
      server.closeAllConnections();
      agent.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Passes half of the body's first piece on; then the wire is dead. */
function sendHalf(incoming: IncomingMessage, outgoing: ReturnType<typeof request>, spring: () => void): void {
  incoming.once('data', (piece: Buffer) => {
    outgoing.write(piece.subarray(0, piece.length >> 1), () => {
      spring();
      outgoing.destroy();
    });
  });
}

function readRequest({ method = '', url = '' }: IncomingMessage, account: string): StorageRequest {
  const { pathname, searchParams } = new URL(url, 'http://storage');
  const [container = '', ...path] = pathname.slice(account.length + 1).split('/');
  return {
    method,
    container,
    path: decodeURIComponent(path.join('/')),
    comp: searchParams.get('comp') ?? '',
  };
}
