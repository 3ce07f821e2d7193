import { registeredFunctions } from '../../../local/functions-core';
import { createDispatch } from '../../../local/http/dispatch';
import { FunctionKeys } from '../../../local/http/function-keys';
import { type HttpMode, httpRoutes } from '../../../local/http/http-functions';
import { listenHttp } from '../../../local/http/http-server';
import { RouteTable } from '../../../local/http/route-table';
import { Throttle } from '../../../local/http/throttle';
import { hostInvoke } from '../../../local/host-invoke';
import { createLog } from '../../../local/log';

export interface HttpHostOptions {
  readonly mode: HttpMode;
  readonly routePrefix?: string;
  readonly keys?: string;
  readonly bodyLimitBytes?: number;
  readonly concurrent?: number;
  readonly outstanding?: number;
  readonly headersTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
}

export interface HttpHost {
  readonly url: string;
  readonly port: number;
  readonly lines: readonly string[];
  stop(graceMs?: number): Promise<void>;
}

/** The HTTP part of the host alone, over all registered HTTP functions. */
export async function startHttpHost(options: HttpHostOptions): Promise<HttpHost> {
  const lines: string[] = [];
  const log = createLog('debug', (line) => lines.push(line));
  const server = await listenHttp({ hostname: '127.0.0.1', port: 0, ...options });
  const functions = [...registeredFunctions.values()].filter(({ trigger }) => trigger.type === 'httpTrigger');
  const { mode, routePrefix = '', concurrent = Infinity, outstanding = Infinity } = options;
  server.serve(
    createDispatch({
      routes: new RouteTable(
        httpRoutes(functions, {
          routePrefix,
          mode,
          invoke: hostInvoke(() => undefined, {}, log),
          hub: undefined,
          log,
        }),
      ),
      webhooks: () => false,
      keys: options.keys === undefined ? undefined : new FunctionKeys(options.keys),
      throttle: new Throttle({ concurrent, outstanding }),
      bodyLimitBytes: options.bodyLimitBytes ?? 1_000_000,
      log,
    }),
  );
  const { port } = server;
  return { url: `http://127.0.0.1:${port}`, port, lines, stop: (graceMs = 1_000) => server.stop(graceMs) };
}
