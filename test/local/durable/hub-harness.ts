import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Task } from 'durable-functions';
import { invokeFunction } from '../../../local/invocation';
import { EventType } from '../../../local/durable/history-event';
import { parseRecord } from '../../../local/durable/hub-record';
import { TaskHub, type TaskHubOptions } from '../../../local/durable/task-hub';
import { loadedFunctions } from './fixture-apps';

const opened: { readonly hub: TaskHub; readonly folder: string }[] = [];

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'task-hub-'));
}

/** An open task hub over the registered functions; closed and removed by `closeHubs`. */
export function openHub(options: Partial<TaskHubOptions> = {}): TaskHub {
  const folder = options.folder ?? temporaryFolder();
  const hub = new TaskHub({
    hubName: 'TestHub',
    invoke: invokeFunction,
    functions: loadedFunctions,
    maxConcurrentActivities: 8,
    maxConcurrentOrchestrators: 4,
    baseUrl: 'http://127.0.0.1:7071',
    log: () => undefined,
    ...options,
    folder,
  });
  hub.open();
  opened.push({ hub, folder });
  return hub;
}

export async function closeHubs(): Promise<void> {
  for (const { hub, folder } of opened.splice(0)) {
    await hub.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Waits until `isTrue` holds; fails the test when it does not within the test's own time. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** The `index` inputs of the activities whose end is on record in these lines of a journal. */
export function recordedParts(lines: readonly string[]): number[] {
  const inputs = new Map<string, number>();
  const parts: number[] = [];
  for (const record of lines.map(parseRecord)) {
    if (record.kind === 'turn') {
      for (const task of record.opened) {
        if (task.kind !== 'activity') continue;
        inputs.set(`${record.instanceId}:${task.id}`, (task.input as { index: number }).index);
      }
    }
    if (record.kind === 'message' && record.message.event.EventType === EventType.TaskCompleted) {
      const index = inputs.get(`${record.message.to}:${record.message.event.TaskScheduledId}`);
      if (index !== undefined) parts.push(index);
    }
  }
  return parts;
}

/** Waits in an orchestrator for a task whose result is known to be a T; the SDK types it as anything. */
export function* resultOf<T>(task: Task): Generator<Task, T, T> {
  return yield task;
}
