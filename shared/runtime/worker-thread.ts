import { type Transferable, Worker } from 'node:worker_threads';
import { ServingError } from '../errors';
import { decodeError, type ReplyMessage, type TaskMessage } from './worker-messages';

/** A task on its way; exactly one of `resolve` and `reject` is called, once. */
export interface PoolTask {
  readonly task: string;
  readonly input: unknown;
  readonly transfer: readonly Transferable[];
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** One place of a pool: a thread that is started by its first task, and started anew after it has died. */
export class WorkerThread {
  readonly #entry: string;
  readonly #workerData: unknown;
  readonly #onFree: () => void;
  readonly #running = new Map<number, PoolTask>();
  #worker: Worker | undefined;
  #idleWaiters: (() => void)[] = [];
  #lastId = 0;

  /** `onFree` is called after each task that ends. */
  constructor(entry: string, workerData: unknown, onFree: () => void) {
    this.#entry = entry;
    this.#workerData = workerData;
    this.#onFree = onFree;
  }

  get isStarted(): boolean {
    return this.#worker !== undefined;
  }

  get running(): number {
    return this.#running.size;
  }

  start(task: PoolTask): void {
    const message: TaskMessage = { id: (this.#lastId += 1), task: task.task, input: task.input };
    try {
      const worker = (this.#worker ??= this.#open());
      worker.postMessage(message, [...task.transfer]);
      worker.ref();
      this.#running.set(message.id, task);
    } catch (error) {
      // A value that cannot be cloned, or a thread that cannot be started: the task's own failure.
      task.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Resolves when no task runs. */
  idle(): Promise<void> {
    if (this.#running.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  async terminate(): Promise<void> {
    await this.#worker?.terminate();
  }

  #open(): Worker {
    const worker = new Worker(this.#entry, { workerData: this.#workerData });
    worker.unref(); // only running tasks keep the process alive
    let cause: unknown;
    worker.on('message', (reply: ReplyMessage) => {
      this.#settle(reply);
    });
    worker.on('error', (error) => {
      cause = error;
    });
    worker.on('exit', (code) => {
      this.#lose(cause ?? `exit code ${code}`);
    });
    return worker;
  }

  #settle(reply: ReplyMessage): void {
    const task = this.#running.get(reply.id);
    if (!task) return;
    this.#running.delete(reply.id);
    if (reply.status === 'done') task.resolve(reply.value);
    else task.reject(decodeError(reply.error));
    this.#free();
  }

  #lose(cause: unknown): void {
    const lost = [...this.#running.values()];
    this.#worker = undefined;
    this.#running.clear();
    for (const { task, reject } of lost) {
      const detail = `The thread that ran "${task}" ended unexpectedly`;
      reject(new ServingError('model-unavailable', detail, { cause, retryAfterSeconds: 1 }));
    }
    this.#free();
  }

  #free(): void {
    if (this.#running.size === 0) {
      this.#worker?.unref();
      for (const resolve of this.#idleWaiters.splice(0)) resolve();
    }
    this.#onFree();
  }
}
