import type { Transferable } from 'node:worker_threads';
import { ServingError } from '../errors';
import { withinDeadline } from './deadline';
import { type PoolTask, WorkerThread } from './worker-thread';

const SECOND = 1_000;

export interface WorkerPoolOptions {
  /** Absolute path of the thread's compiled entry, which calls `serveWorkerTasks`. */
  readonly entry: string;
  /** Most threads; each starts with its first task. */
  readonly size: number;
  readonly workerData?: unknown;
  /** Tasks that a thread works on at once; more than one where tasks await input and output. Default 1. */
  readonly concurrency?: number;
  /** Tasks that may wait for a thread; one more is refused with `overloaded`. Default 1,024. */
  readonly maxQueue?: number;
  /** How long {@link WorkerPool.close} lets running tasks finish. Default 5 s, what the Functions host grants. */
  readonly closeMs?: number;
}

export interface TaskOptions {
  /** Buffers of the input that are moved to the thread instead of copied; they are gone here afterwards. */
  readonly transfer?: readonly Transferable[];
  /** Tasks of one affinity run on one thread, in order of their call. */
  readonly affinity?: string;
  /** Takes a waiting task out of the queue; a running one goes on, but nobody waits for it. */
  readonly signal?: AbortSignal;
}

interface QueuedTask extends PoolTask {
  readonly thread: WorkerThread | undefined;
}

/**
 * Runs tasks on threads. Input and result pass by structured clone. A thread that dies takes its running tasks with it:
 * they reject with `model-unavailable` and `retryAfterSeconds`, and the next task starts a new one in its place.
 * Every task settles exactly once. Threads keep the process alive only while they work.
 */
export class WorkerPool {
  readonly #threads: readonly WorkerThread[];
  readonly #concurrency: number;
  readonly #maxQueue: number;
  readonly #closeMs: number;
  /** In order of their call. */
  #queue: QueuedTask[] = [];
  #isClosed = false;

  constructor(options: WorkerPoolOptions) {
    const { entry, size, workerData } = options;
    const onFree = (): void => {
      this.#dispatch();
    };
    this.#threads = Array.from({ length: size }, () => new WorkerThread(entry, workerData, onFree));
    this.#concurrency = options.concurrency ?? 1;
    this.#maxQueue = options.maxQueue ?? 1_024;
    this.#closeMs = options.closeMs ?? 5 * SECOND;
  }

  /** Most threads. */
  get size(): number {
    return this.#threads.length;
  }

  stats(): { readonly threads: number; readonly running: number; readonly queued: number } {
    return {
      threads: this.#threads.filter((thread) => thread.isStarted).length,
      running: this.#threads.reduce((total, thread) => total + thread.running, 0),
      queued: this.#queue.length,
    };
  }

  /**
   * The task's result as its handler in the thread answers it, unchecked: both sides are one program. Rejects with what
   * the handler threw, `overloaded` where the queue is full, the signal's reason where it aborts.
   */

  run<T>(task: string, input: unknown, options: TaskOptions = {}): Promise<T> {
    return new Promise((resolve, reject: (error: Error) => void) => {
      const refusal = this.#refusal(options);
      if (refusal) {
        reject(refusal);
        return;
      }
      const parseResult = (value: unknown): void => {
        resolve(value as T);
      };
      this.#enqueue({ task, input, options, resolve: parseResult, reject });
    });
  }

  /** Refuses further tasks, rejects those waiting, lets running ones finish for `closeMs`, then ends all threads. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const task of this.#queue.splice(0)) task.reject(stopping());
    const idle = Promise.all(this.#threads.map((thread) => thread.idle()));
    await withinDeadline(idle, this.#closeMs, () => new Error('tasks still run')).catch(() => undefined);
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }

  #refusal({ signal }: TaskOptions): Error | undefined {
    if (this.#isClosed) return stopping();
    if (signal?.aborted === true) return reasonOf(signal);
    if (this.#queue.length < this.#maxQueue) return undefined;
    const detail = `All ${this.#threads.length} threads are busy and ${this.#queue.length} tasks wait already`;
    return new ServingError('overloaded', detail, { retryAfterSeconds: 1 });
  }

  #enqueue(call: {
    readonly task: string;
    readonly input: unknown;
    readonly options: TaskOptions;
    readonly resolve: (value: unknown) => void;
    readonly reject: (error: Error) => void;
  }): void {
    const { transfer = [], affinity, signal } = call.options;
    const onAbort = (): void => {
      this.#queue = this.#queue.filter((queued) => queued !== entry);
      if (signal) entry.reject(reasonOf(signal));
    };
    const entry: QueuedTask = {
      task: call.task,
      input: call.input,
      transfer,
      thread: affinity === undefined ? undefined : this.#threadFor(affinity),
      resolve: (value) => {
        signal?.removeEventListener('abort', onAbort);
        call.resolve(value);
      },
      reject: (error) => {
        signal?.removeEventListener('abort', onAbort);
        call.reject(error);
      },
    };
    signal?.addEventListener('abort', onAbort);
    this.#queue.push(entry);
    this.#dispatch();
  }

  #dispatch(): void {
    this.#queue = this.#queue.filter((task) => {
      const thread = task.thread ?? this.#idlest();
      if (!thread || thread.running >= this.#concurrency) return true;
      thread.start(task);
      return false;
    });
  }

  /** The thread with the least to do; a started one before a new one. Undefined where all are busy. */
  #idlest(): WorkerThread | undefined {
    const load = (thread: WorkerThread): number => thread.running + (thread.isStarted ? 0 : 0.5);
    const [first, ...rest] = this.#threads;
    const idlest = rest.reduce((best, thread) => (best && load(thread) < load(best) ? thread : best), first);
    return idlest && idlest.running < this.#concurrency ? idlest : undefined;
  }

  #threadFor(affinity: string): WorkerThread | undefined {
    let hash = 0;
    for (let at = 0; at < affinity.length; at += 1) hash = (hash * 31 + affinity.charCodeAt(at)) >>> 0;
    return this.#threads[hash % this.#threads.length];
  }
}

function stopping(): ServingError {
  return new ServingError('model-unavailable', 'The server is stopping', { retryAfterSeconds: 1 });
}

function reasonOf(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  if (reason instanceof ServingError) return reason;
  return new ServingError('deadline-exceeded', 'The caller no longer waits for the task', { cause: reason });
}
