import { type MessagePort, parentPort, type Transferable } from 'node:worker_threads';
import { encodeError, type ReplyMessage, type TaskMessage } from './worker-messages';

/** A result whose buffers are moved to the pool's thread instead of copied; they are gone here afterwards. */
export interface Transferred {
  readonly value: unknown;
  readonly transfer: readonly Transferable[];
}

/** Answers a task with a value that structured clone can carry, or with {@link Transferred}. Throwing fails the task. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each task has an input of its own, sent by the same program
export type TaskHandler = (input: any) => Promise<unknown>;

/**
 * The thread's side of a {@link WorkerPool}: answers each task by its handler. Tasks run concurrently where the pool
 * sends several. Called once, by the thread's entry.
 */
export function serveWorkerTasks(
  handlers: Readonly<Record<string, TaskHandler>>,
  port: MessagePort | null = parentPort,
): void {
  if (!port) throw new Error('serveWorkerTasks is for worker threads; this is the main thread');
  port.on('message', (message: TaskMessage) => {
    void answer(message, handlers, port);
  });
}

async function answer(
  { id, task, input }: TaskMessage,
  handlers: Readonly<Record<string, TaskHandler>>,
  port: MessagePort,
): Promise<void> {
  const send = (reply: ReplyMessage, transfer: readonly Transferable[] = []): void => {
    port.postMessage(reply, [...transfer]);
  };
  try {
    const handler = Object.hasOwn(handlers, task) ? handlers[task] : undefined;
    if (!handler) throw new Error(`No handler for the task "${task}"`);
    const result = await handler(input);
    if (isTransferred(result)) send({ id, status: 'done', value: result.value }, result.transfer);
    else send({ id, status: 'done', value: result });
  } catch (thrown) {
    send({ id, status: 'failed', error: encodeError(thrown) });
  }
}

function isTransferred(result: unknown): result is Transferred {
  return (
    typeof result === 'object' &&
    result !== null &&
    'value' in result &&
    'transfer' in result &&
    Array.isArray(result.transfer)
  );
}
