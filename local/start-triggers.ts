import { type HostJson } from './host-json';
import { type RegisteredFunction } from './functions-core';
import { type InvokeFunction } from './invocation';
import { describeError, type Log, errorText } from './log';
import { StartError } from './start-error';
import { type Environment } from './storage-clients';
import { startBlobTrigger } from './triggers/blob-trigger';
import { startQueueTrigger } from './triggers/queue-trigger';
import { startTimerTrigger } from './triggers/timer-trigger';
import { type Trigger } from './triggers/trigger';

const DEFAULT_POLL_MS = 250;
/** Triggers that others serve: the HTTP server, the task hub. */
const servedElsewhere: ReadonlySet<string> = new Set([
  'httpTrigger',
  'orchestrationTrigger',
  'activityTrigger',
  'entityTrigger',
]);

export interface StartTriggersOptions {
  readonly hostJson: HostJson;
  /** Where timers keep their last runs. */
  readonly timerFolder: string;
  readonly pollMs: number | undefined;
  readonly invoke: InvokeFunction;
  readonly environment: Environment;
  readonly log: Log;
}

/** Starts what calls functions of its own accord. Throws StartError that names the function at fault. */
export async function startTriggers(
  functions: readonly RegisteredFunction[],
  options: StartTriggersOptions,
): Promise<Trigger> {
  const started = await Promise.allSettled(functions.map((fn) => start(fn, options)));
  const triggers = started.flatMap((result) =>
    result.status === 'fulfilled' && result.value ? [result.value] : [],
  );
  const stop = async (): Promise<void> => {
    await Promise.all(triggers.map((trigger) => trigger.stop()));
  };
  const failed = started.find((result) => result.status === 'rejected');
  if (!failed) return { stop };
  await stop();
  throw failed.reason;
}

async function start(fn: RegisteredFunction, options: StartTriggersOptions): Promise<Trigger | undefined> {
  const { hostJson, timerFolder, pollMs = DEFAULT_POLL_MS, invoke, environment, log } = options;
  const { blobs, queues } = hostJson.extensions;
  const common = { fn, invoke, environment, log };
  try {
    switch (fn.trigger.type) {
      case 'blobTrigger': {
        const limits = {
          concurrency: blobs.maxDegreeOfParallelism,
          poisonThreshold: blobs.poisonBlobThreshold,
        };
        return await startBlobTrigger({ ...common, ...limits, pollMs });
      }
      case 'queueTrigger':
        return await startQueueTrigger({ ...common, queues, pollMs });
      case 'timerTrigger':
        return startTimerTrigger({ ...common, folder: timerFolder });
      case 'warmupTrigger':
        return warmUp(fn, options);
      default:
        if (!servedElsewhere.has(fn.trigger.type))
          log.warn(`${fn.name}: trigger type ${fn.trigger.type} is not served by the local host`);
        return undefined;
    }
  } catch (error) {
    const reason = errorText(error);
    throw new StartError(`Function ${fn.name} cannot be started: ${reason}`, { cause: error });
  }
}

/** Calls the warmup function once, beside everything else; its failure stops nothing. */
function warmUp(fn: RegisteredFunction, { invoke, log }: StartTriggersOptions): Trigger {
  const running = invoke(fn.name, { data: { json: '{}' } }).then(
    () => undefined,
    (error: unknown) => {
      log.error(`${fn.name} failed: ${describeError(error)}`);
    },
  );
  return { stop: () => running };
}
