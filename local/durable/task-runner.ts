import { type InvokeFunction } from '../invocation';
import { EventType, justHappened, type HistoryEvent } from './history-event';
import { callHttp } from './http-activity';
import { type HubClock } from './hub-clock';
import { type HubRecord } from './hub-record';
import { type HubState } from './hub-state';
import { type OpenTask, type OrchestrationInstance } from './orchestration-instance';
import { activityFailure, activityRequest, resultText } from './task-data';
import { millisecondsOf, type TimestampSource } from './timestamp';
import { WorkQueue } from './work-queue';

export interface TaskRunnerOptions {
  readonly state: HubState;
  readonly invoke: InvokeFunction;
  readonly maxConcurrentActivities: number;
  readonly clock: HubClock;
  readonly timestamps: TimestampSource;
  readonly commit: (record: HubRecord) => void;
  readonly log: (level: string, message: string) => void;
}

type CallTask = Extract<OpenTask, { readonly kind: 'activity' | 'http' }>;
type TimerTask = Extract<OpenTask, { readonly kind: 'timer' }>;

/** Runs the tasks that turns have opened, and puts what becomes of them on record. */
export class TaskRunner {
  readonly #options: TaskRunnerOptions;
  readonly #activities: WorkQueue;
  /** Cancellations of the timers, by run and event id. */
  readonly #timers = new Map<string, () => void>();
  #isStopped = false;

  constructor(options: TaskRunnerOptions) {
    this.#options = options;
    this.#activities = new WorkQueue(options.maxConcurrentActivities);
  }

  dispatch(instance: OrchestrationInstance, tasks: readonly OpenTask[]): void {
    const { executionId } = instance;
    for (const task of tasks) {
      if (task.kind === 'timer') this.#setTimer(instance, executionId, task);
      // A sub-orchestration answers by itself.
      else if (task.kind !== 'subOrchestration') this.#dispatchCall(instance, executionId, task);
      else if (task.retry?.expired)
        this.#post(instance, executionId, expiredFailure(task, this.#options.timestamps));
    }
  }

  cancelTimer(executionId: string, id: number): void {
    const key = timerKey(executionId, id);
    this.#timers.get(key)?.();
    this.#timers.delete(key);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    await this.#activities.stop();
  }

  #setTimer(instance: OrchestrationInstance, executionId: string, { id, fireAt }: TimerTask): void {
    if (this.#isStopped) return;
    const key = timerKey(executionId, id);
    const cancel = this.#options.clock.callAt(millisecondsOf(fireAt) + 1, () => {
      this.#timers.delete(key);
      const fired = justHappened(EventType.TimerFired, this.#options.timestamps.next());
      this.#post(instance, executionId, { ...fired, TimerId: id, FireAt: fireAt });
    });
    this.#timers.set(key, cancel);
  }

  #dispatchCall(instance: OrchestrationInstance, executionId: string, task: CallTask): void {
    this.#activities.add(async () => {
      // Activities that never wait for anything must not keep the host's requests waiting.
      await new Promise(setImmediate);
      // The instance may have ended while the task waited for its place.
      if (this.#isStopped || !this.#isOpen(instance, executionId, task.id)) return;
      this.#post(instance, executionId, await this.#run(instance, task));
    });
  }

  async #run(instance: OrchestrationInstance, task: CallTask): Promise<HistoryEvent> {
    const { timestamps, invoke, log } = this.#options;
    const TaskScheduledId = task.id;
    const name = task.kind === 'http' ? 'BuiltIn::HttpActivity' : task.name;
    try {
      if (task.kind === 'activity' && task.retry?.expired) return expiredFailure(task, timestamps);
      const Result =
        task.kind === 'http'
          ? await callHttp(task.request)
          : resultText(await invoke(name, { ...activityRequest(instance.instanceId, task.input), log }));
      return { ...justHappened(EventType.TaskCompleted, timestamps.next()), TaskScheduledId, Result };
    } catch (error) {
      const failed = justHappened(EventType.TaskFailed, timestamps.next());
      return { ...failed, TaskScheduledId, ...activityFailure(name, error) };
    }
  }

  #post(instance: OrchestrationInstance, executionId: string, event: HistoryEvent): void {
    if (this.#options.state.active(instance.instanceId, executionId) !== instance) return;
    this.#options.commit({ kind: 'message', message: { to: instance.instanceId, executionId, event } });
  }

  #isOpen(instance: OrchestrationInstance, executionId: string, id: number): boolean {
    const active = this.#options.state.active(instance.instanceId, executionId);
    return active === instance && instance.openTasks.has(id);
  }
}

function timerKey(executionId: string, id: number): string {
  return `${executionId}:${id}`;
}

/** The failure of an attempt that the retry timeout does not allow any more. */
function expiredFailure(
  task: Extract<OpenTask, { readonly kind: 'activity' | 'subOrchestration' }>,
  timestamps: TimestampSource,
): HistoryEvent {
  const eventType =
    task.kind === 'activity' ? EventType.TaskFailed : EventType.SubOrchestrationInstanceFailed;
  const failure = task.retry?.expired ?? { Reason: '', Details: '', FailureDetails: null };
  return { ...justHappened(eventType, timestamps.next()), TaskScheduledId: task.id, ...failure };
}
