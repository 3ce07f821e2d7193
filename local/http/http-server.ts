import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type Dispatch } from './dispatch';
import { errorCode } from '../error-code';
import { StartError } from '../start-error';

export interface HttpServerOptions {
  readonly hostname: string;
  /** 0: any free port. */
  readonly port: number;
  /** A client must have sent its headers within this, ms; else 408. */
  readonly headersTimeoutMs?: number;
  /** A client must have sent its whole request within this, ms; else 408. */
  readonly requestTimeoutMs?: number;
}

/** Total size of request headers, as in the real host's Kestrel; above it 431. */
const MAX_HEADER_BYTES = 32 * 1024;
/** Longer than the idle time of usual load balancers, so that they never meet a closed connection. */
const KEEP_ALIVE_MS = 75_000;
const HEADERS_TIMEOUT_MS = 20_000;
const REQUEST_TIMEOUT_MS = 300_000;
const SWEEP_MS = 20;

/** The listening socket. Answers 503 until `serve` names who dispatches. */
export interface HttpServer {
  readonly port: number;
  serve(dispatch: Dispatch): void;
  /** Stops accepting, lets running requests end within `graceMs`, then cuts the rest. A second call waits too. */
  stop(graceMs: number): Promise<void>;
}

/** Binds the port at once, so that a taken one is known before anything else starts. Throws StartError. */
export async function listenHttp(options: HttpServerOptions): Promise<HttpServer> {
  let dispatch: Dispatch = (_message, response) => {
    response.writeHead(503, { 'retry-after': '1', 'content-length': '0' });
    response.end();
  };
  const headersTimeout = options.headersTimeoutMs ?? HEADERS_TIMEOUT_MS;
  const requestTimeout = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  const limits = {
    maxHeaderSize: MAX_HEADER_BYTES,
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout,
    requestTimeout,
    connectionsCheckingInterval: Math.min(5_000, headersTimeout, requestTimeout),
  };
  const server = createServer(limits, (message, response) => {
    dispatch(message, response);
  });
  const port = await listen(server, options);
  let stopping: Promise<void> | undefined;

  return {
    port,
    serve: (next) => {
      dispatch = next;
    },
    stop: (graceMs) => (stopping ??= close(server, graceMs)),
  };
}

async function close(server: Server, graceMs: number): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  // close() ends idle connections once; those that answer their last request later must be ended too.
  const sweep = setInterval(() => {
    server.closeIdleConnections();
  }, SWEEP_MS);
  const cut = setTimeout(() => {
    server.closeAllConnections();
  }, graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}

async function listen(server: Server, { hostname, port }: HttpServerOptions): Promise<number> {
  server.listen(port, hostname);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw explain(error, hostname, port);
  }
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

function explain(error: unknown, hostname: string, port: number): unknown {
  const code = errorCode(error);
  const remedy = 'choose another with --port or POLYSCORE_PORT (0 takes any free one)';
  if (code === 'EADDRINUSE')
    return new StartError(`Port ${port} on ${hostname} is taken by another process; ${remedy}`);
  if (code === 'EACCES') return new StartError(`Port ${port} on ${hostname} may not be opened; ${remedy}`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new StartError(`${hostname} is no address of this machine; set POLYSCORE_HOST`);
  return error;
}
