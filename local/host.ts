import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type DataFolder, openDataFolder } from './data-folder';
import { createDurableHub, type DurableHub, needsDurableHub } from './durable-hub';
import * as functionsCore from './functions-core';
import { installFunctionsCore, registeredFunctions, type RegisteredFunction } from './functions-core';
import { runHooks } from './hooks';
import { hostEnvironment, setEnvironment } from './host-environment';
import { hostInvoke } from './host-invoke';
import { type HostJson, readHostJson } from './host-json';
import { type HostOptions } from './host-options';
import { checkStorage, openHostStorage } from './host-storage';
import { createDispatch, type Dispatch } from './http/dispatch';
import { createDurableWebhooks } from './http/durable-webhooks';
import { FunctionKeys } from './http/function-keys';
import { httpRoutes } from './http/http-functions';
import { listenHttp } from './http/http-server';
import { RouteTable } from './http/route-table';
import { Throttle } from './http/throttle';
import { type InvokeFunction } from './invocation';
import { functionFiles, loadFunctions } from './load-functions';
import { describeError } from './log';
import { startTriggers } from './start-triggers';

const DEFAULT_PORT = 7071;
const DEFAULT_BODY_LIMIT_BYTES = 104_857_600;
const DEFAULT_GRACE_MS = 5_000;
/** Settings whose default follows the machine on Azure: this many a core. */
const DURABLE_PER_HOST = 10;

/** A running host. */
export interface Host {
  readonly url: string;
  /** Absolute. */
  readonly dataFolder: string;
  readonly storage: { readonly url: string; readonly startedHere: boolean };
  readonly routePrefix: string;
  readonly functions: readonly RegisteredFunction[];
  /** Resolves with the reason when something that the host cannot do without has ended by itself. */
  readonly failed: Promise<string>;
  /**
   * Stops accepting, gives running work the grace time, then ends everything the host started, Azurite last.
   * A second call answers the first one's promise.
   */
  stop(): Promise<void>;
}

/** Undoes one step of the start, within the grace time that is left, ms. */
type Closer = (graceMs: number) => unknown;

/**
 * Runs the built functions on this machine: HTTP, blob, queue, timer and durable triggers. Resolves when all of
 * them work. Throws StartError for what a person can mend; then nothing is left running.
 */
export async function startHost(options: HostOptions): Promise<Host> {
  const closers: Closer[] = [];
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= closeAll(closers, options));
  try {
    return { ...(await open(options, closers)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function open(options: HostOptions, closers: Closer[]): Promise<Omit<Host, 'stop'>> {
  const { log, hostname = '127.0.0.1', appFolder = process.cwd() } = options;
  const hostJson = readHostJson(options.hostJson ?? join(appFolder, 'host.json'));
  const keys = options.functionKeys === undefined ? undefined : new FunctionKeys(options.functionKeys);

  const server = await listenHttp({ hostname, port: options.port ?? DEFAULT_PORT });
  closers.push((graceMs) => server.stop(graceMs));
  const data = await openDataFolder(options.dataFolder);
  closers.push(() => data.release());
  const storage = await openHostStorage(options.storage, data, log);
  closers.push(() => storage.stop());
  const origin = `http://${ownAddress(hostname)}:${server.port}`;
  closers.push(setEnvironment(hostEnvironment(process.env, storage.connection, new URL(origin).host)));
  const storageUrl = await checkStorage(process.env);

  const functions = await loadApp(options, appFolder, closers);
  const invoke = hostInvoke(() => hub, process.env, log);
  const hub = openHub(options, { data, hostJson, origin, keys, functions, invoke });
  closers.push((graceMs) => hub?.stop(graceMs));
  server.serve(dispatcher(options, { functions, hostJson, hub, keys, invoke }));
  hub?.start();
  const timerFolder = data.subfolder('timers');
  const { pollMs } = options;
  const triggers = await startTriggers(functions, {
    hostJson,
    timerFolder,
    pollMs,
    invoke,
    environment: process.env,
    log,
  });
  closers.push((graceMs) =>
    Promise.all([server.stop(graceMs), limited(triggers.stop(), graceMs, 'A triggered function', options)]),
  );
  return {
    url: origin,
    dataFolder: data.path,
    storage: { url: storageUrl, startedHere: storage.startedHere },
    routePrefix: hostJson.extensions.http.routePrefix,
    functions,
    failed: storage.failed,
  };
}

/** Loads the app as the Node worker does: the core module first, then the files, then the appStart hooks. */
async function loadApp(
  options: HostOptions,
  appFolder: string,
  closers: Closer[],
): Promise<readonly RegisteredFunction[]> {
  installFunctionsCore(functionsCore);
  loadFunctions(options.functionFiles ?? functionFiles(appFolder));
  const hookData = {};
  await runHooks('appStart', { hookData, functionAppDirectory: appFolder });
  closers.push(() => runHooks('appTerminate', { hookData }));
  return [...registeredFunctions.values()];
}

/** The address under which this process reaches itself. */
function ownAddress(hostname: string): string {
  if (hostname === '0.0.0.0' || hostname === '::') return '127.0.0.1';
  return hostname.includes(':') ? `[${hostname}]` : hostname;
}

interface HubParts {
  readonly data: DataFolder;
  readonly hostJson: HostJson;
  readonly origin: string;
  readonly keys: FunctionKeys | undefined;
  readonly functions: readonly RegisteredFunction[];
  readonly invoke: InvokeFunction;
}

function openHub({ log }: HostOptions, parts: HubParts): DurableHub | undefined {
  const { data, hostJson, origin, keys, functions, invoke } = parts;
  if (!needsDurableHub(functions)) return undefined;
  const { hubName, maxConcurrentActivityFunctions, maxConcurrentOrchestratorFunctions } =
    hostJson.extensions.durableTask;
  return createDurableHub({
    folder: data.subfolder('durable'),
    hubName,
    origin,
    webhookKey: keys?.webhookKey,
    maxActivities: maxConcurrentActivityFunctions ?? DURABLE_PER_HOST,
    maxOrchestrators: maxConcurrentOrchestratorFunctions ?? DURABLE_PER_HOST,
    functions,
    invoke,
    log,
  });
}

interface DispatchParts {
  readonly functions: readonly RegisteredFunction[];
  readonly hostJson: HostJson;
  readonly hub: DurableHub | undefined;
  readonly keys: FunctionKeys | undefined;
  readonly invoke: InvokeFunction;
}

function dispatcher(
  options: HostOptions,
  { functions, hostJson, hub, keys, invoke }: DispatchParts,
): Dispatch {
  const { log, httpMode: mode = 'light', bodyLimitBytes = DEFAULT_BODY_LIMIT_BYTES } = options;
  const { routePrefix, maxConcurrentRequests, maxOutstandingRequests } = hostJson.extensions.http;
  const httpFunctions = functions.filter(({ trigger }) => trigger.type === 'httpTrigger');
  return createDispatch({
    routes: new RouteTable(httpRoutes(httpFunctions, { routePrefix, mode, invoke, hub, log })),
    webhooks: hub ? createDurableWebhooks(hub, keys, log) : () => false,
    keys,
    throttle: new Throttle({ concurrent: maxConcurrentRequests, outstanding: maxOutstandingRequests }),
    bodyLimitBytes,
    log,
  });
}

/** Runs what undoes the start, last first; a failing one is logged and the rest goes on. */
async function closeAll(
  closers: readonly Closer[],
  { log, graceMs = DEFAULT_GRACE_MS }: HostOptions,
): Promise<void> {
  const deadline = Date.now() + graceMs;
  for (const close of closers.toReversed()) {
    try {
      await close(Math.max(0, deadline - Date.now()));
    } catch (error) {
      log.error(`While stopping: ${describeError(error)}`);
    }
  }
}

async function limited(
  work: Promise<unknown>,
  limitMs: number,
  what: string,
  { log }: HostOptions,
): Promise<void> {
  const timer = new AbortController();
  const late = delay(limitMs, 'late', { signal: timer.signal }).catch(() => 'aborted');
  if ((await Promise.race([work, late])) === 'late')
    log.warn(`${what} still runs after ${limitMs} ms; leaving it`);
  timer.abort();
}
