import type { Transferable } from 'node:worker_threads';
import { ServingError } from '../errors';
import type { Signature } from '../registry/signature';
import type { Tensors } from '../tensor/tensor';
import type { Engine, InferenceSession, ModelFiles } from './engine';
import { measureRunMs } from './measure-run';
import type { TaskHandler, Transferred } from './serve-worker-tasks';

/** What a thread tells of a session it has loaded. `runMs` is undefined where the model does not run on zeros. */
export interface LoadedInThread {
  readonly signature: Signature;
  readonly sizeBytes: number;
  readonly runMs: number | undefined;
}

export interface LoadTask {
  /** Names the session within its thread; the pool's side makes it unique. */
  readonly handle: string;
  readonly files: ModelFiles;
}

export interface RunTask {
  readonly handle: string;
  readonly inputs: Tensors;
  readonly outputs: readonly string[] | undefined;
}

export interface DisposeTask {
  readonly handle: string;
}

/** The thread's side of sessions that are placed on workers; see placement.ts. */
export function sessionTasks(engine: Engine): Record<string, TaskHandler> {
  const sessions = new Map<string, InferenceSession>();
  return {
    async 'session-load'({ handle, files }: LoadTask): Promise<LoadedInThread> {
      const session = await engine.load(files);
      sessions.set(handle, session);
      const { signature, sizeBytes } = session;
      return { signature, sizeBytes, runMs: await measureRunMs(session) };
    },
    async 'session-run'({ handle, inputs, outputs }: RunTask): Promise<Transferred> {
      const session = sessions.get(handle);
      // The thread that held it has died and this one has taken its place.
      if (!session)
        throw new ServingError('model-unavailable', 'The session is gone', { retryAfterSeconds: 1 });
      const value = await session.run(inputs, outputs);
      return { value, transfer: buffersOf(value) };
    },
    async 'session-dispose'({ handle }: DisposeTask): Promise<undefined> {
      const session = sessions.get(handle);
      sessions.delete(handle);
      await session?.dispose();
      return undefined;
    },
  };
}

/** Whole buffers only, each once: a buffer that a view shares with others must not move. */
function buffersOf(tensors: Tensors): Transferable[] {
  const buffers = new Set<ArrayBuffer>();
  for (const { data } of Object.values(tensors))
    if (
      ArrayBuffer.isView(data) &&
      data.buffer instanceof ArrayBuffer &&
      data.byteLength === data.buffer.byteLength
    )
      buffers.add(data.buffer);
  return [...buffers];
}
