import { randomUUID } from 'node:crypto';
import { type InvokeFunction } from '../invocation';
import { type EntityId, entityInstanceId } from './entity-state';
import { EventType, justHappened, type HistoryEvent } from './history-event';
import { systemClock, type HubClock } from './hub-clock';
import { HubEngine } from './hub-engine';
import { HubFolder } from './hub-folder';
import { missingFunction, type HubFunction } from './hub-function';
import { HubState } from './hub-state';
import { queryInstances, type InstanceQuery } from './instance-query';
import { isFinished, type OrchestrationInstance } from './orchestration-instance';
import { condensedHistory, statusOf, type OrchestrationStatus } from './orchestration-status';
import { canRewind } from './rewind';
import { TimestampSource } from './timestamp';

export interface TaskHubOptions {
  /** Where the hub lies on disk; one hub a folder, one process a hub. */
  readonly folder: string;
  readonly hubName: string;
  readonly invoke: InvokeFunction;
  readonly functions: () => readonly HubFunction[];
  readonly maxConcurrentActivities: number;
  readonly maxConcurrentOrchestrators: number;
  /** Origin of the host, for the addresses it gives out, for example `http://127.0.0.1:7071`. */
  readonly baseUrl: string;
  readonly log: (level: string, message: string) => void;
  readonly clock?: HubClock;
  /** See HubFolder. */
  readonly compactionBytes?: number;
}

/** What became of a request to an instance. */
export type Outcome = 'accepted' | 'not-found' | 'finished' | 'not-failed' | 'unsupported';

/** No orchestrator function has the name. */
export class UnknownOrchestratorError extends Error {
  override readonly name = 'UnknownOrchestratorError';
}

/** The instance id belongs to an instance that has not finished. */
export class InstanceExistsError extends Error {
  override readonly name = 'InstanceExistsError';
}

/**
 * A durable task hub on disk: it runs the app's orchestrators, activities and entities through the real
 * durable-functions SDK. A request is accepted, and an activity started, only when that is on disk: a process
 * that is killed at any moment loses nothing, the next one goes on where it stopped, and no activity whose end
 * is on record runs again.
 */
export class TaskHub {
  readonly options: TaskHubOptions;
  readonly #state = new HubState();
  readonly #timestamps: TimestampSource;
  readonly #waiting = new Map<string, Set<() => void>>();
  #folder: HubFolder | undefined;
  #engine: HubEngine | undefined;

  constructor(options: TaskHubOptions) {
    this.options = options;
    const clock = options.clock ?? systemClock;
    this.#timestamps = new TimestampSource(() => clock.now());
  }

  /** Loads the hub and takes up all unfinished work. Throws when another process has the folder open. */
  open(): void {
    const { folder: path, compactionBytes, log, clock = systemClock } = this.options;
    const limit = compactionBytes === undefined ? {} : { compactionBytes };
    this.#folder = new HubFolder({ path, log, ...limit }, this.#state);
    this.#engine = new HubEngine({
      ...this.options,
      clock,
      state: this.#state,
      folder: this.#folder,
      timestamps: this.#timestamps,
      onFinished: (id) => {
        for (const wake of this.#waiting.get(id) ?? []) wake();
        this.#waiting.delete(id);
      },
    });
    this.#engine.resume();
  }

  /** Starts nothing more, waits for running activities (at most `drainMs`), and lets go of the folder. */
  async close(drainMs = 10_000): Promise<void> {
    const limit = new AbortController();
    await Promise.race([this.#engine?.stop(), elapsed(drainMs, limit.signal)]);
    limit.abort();
    await this.#folder?.close();
    this.#engine = undefined;
    this.#folder = undefined;
  }

  /**
   * Starts an orchestration; resolves with its id once that is on disk. An `input` of undefined is null.
   * Throws UnknownOrchestratorError, and InstanceExistsError when the id belongs to an unfinished instance.
   */
  async start(name: string, input?: unknown, instanceId: string = newId()): Promise<string> {
    const missing = missingFunction(this.options.functions(), name, 'orchestrationTrigger');
    if (missing !== undefined) throw new UnknownOrchestratorError(missing);
    const existing = this.#state.active(instanceId);
    if (existing) {
      throw new InstanceExistsError(
        `An Orchestration instance with the status ${existing.status} already exists.`,
      );
    }
    const text = input === undefined || input === null ? null : JSON.stringify(input);
    const start = {
      instanceId,
      executionId: newId(),
      name,
      input: text,
      parent: null,
      at: this.#timestamps.next(),
    };
    const former = this.#state.instances.get(instanceId);
    await this.#running().commit({ kind: 'start', start });
    if (former) await this.#folder?.discardHistoryOf(former);
    return instanceId;
  }

  status(instanceId: string, showInput = true): OrchestrationStatus | undefined {
    const instance = this.#state.instances.get(instanceId);
    return instance && statusOf(instance, showInput);
  }

  /** The status with the condensed history, once the instance has begun. */
  async statusWithHistory(
    instanceId: string,
    show: { readonly showInput: boolean; readonly showOutput: boolean },
  ): Promise<OrchestrationStatus | undefined> {
    const status = this.status(instanceId, show.showInput);
    if (!status || status.runtimeStatus === 'Pending') return status;
    const history = await this.history(instanceId);
    return { ...status, historyEvents: condensedHistory(history, show) };
  }

  /** The history as the orchestrator gets it; empty for an unknown instance. */
  async history(instanceId: string): Promise<readonly HistoryEvent[]> {
    const instance = this.#state.instances.get(instanceId);
    return instance ? ((await this.#folder?.historyOf(instance)) ?? []) : [];
  }

  list(query: InstanceQuery & { readonly showInput?: boolean } = {}): {
    readonly statuses: readonly OrchestrationStatus[];
    readonly continuationToken?: string;
  } {
    const { instances, ...more } = queryInstances(this.#state.instances.values(), query);
    return { statuses: instances.map((instance) => statusOf(instance, query.showInput)), ...more };
  }

  /** Resolves with the final status; rejects for an unknown instance, and with the signal's reason. */
  async waitFor(instanceId: string, signal?: AbortSignal): Promise<OrchestrationStatus> {
    for (;;) {
      const status = this.status(instanceId);
      if (!status) throw new Error(`No orchestration instance has the id ${instanceId}`);
      if (isFinished(status.runtimeStatus)) return status;
      await this.#nextFinish(instanceId, signal);
    }
  }

  raiseEvent(instanceId: string, name: string, data: unknown): Promise<Outcome> {
    const raised = justHappened(EventType.EventRaised, this.#timestamps.next());
    const Input = JSON.stringify(data ?? null);
    return this.#send(instanceId, { ...raised, Name: name, Input, ParentTraceContext: null });
  }

  terminate(instanceId: string, reason: string): Promise<Outcome> {
    const terminated = justHappened(EventType.ExecutionTerminated, this.#timestamps.next());
    return this.#send(instanceId, { ...terminated, Input: reason });
  }

  suspend(instanceId: string, reason: string): Promise<Outcome> {
    const suspended = justHappened(EventType.ExecutionSuspended, this.#timestamps.next());
    return this.#send(instanceId, { ...suspended, Reason: reason });
  }

  resume(instanceId: string, reason: string): Promise<Outcome> {
    const resumed = justHappened(EventType.ExecutionResumed, this.#timestamps.next());
    return this.#send(instanceId, { ...resumed, Reason: reason });
  }

  /** Runs the failed calls of a failed instance again. */
  async rewind(instanceId: string, reason: string): Promise<Outcome> {
    const instance = this.#state.instances.get(instanceId);
    if (!instance) return 'not-found';
    if (instance.status !== 'Failed') return isFinished(instance.status) ? 'finished' : 'not-failed';
    if (!canRewind(instance)) return 'unsupported';
    await this.#unarchive(instance);
    await this.#running().commit({ kind: 'rewind', instanceId, reason, at: this.#timestamps.next() });
    return 'accepted';
  }

  /** Removes finished instances and tells how many there were. */
  async purge(query: InstanceQuery | { readonly instanceId: string }): Promise<number> {
    const { instances } =
      'instanceId' in query
        ? { instances: [this.#state.instances.get(query.instanceId)] }
        : queryInstances(this.#state.instances.values(), query);
    const finished = instances.filter((instance) => instance !== undefined && isFinished(instance.status));
    if (finished.length === 0) return 0;
    const instanceIds = finished.flatMap((instance) => instance?.instanceId ?? []);
    await this.#running().commit({ kind: 'purge', instanceIds });
    for (const instance of finished) if (instance) await this.#folder?.discardHistoryOf(instance);
    return finished.length;
  }

  /** Sends an operation to an entity without waiting for it to run. */
  async signalEntity(entity: EntityId, operation: string, input?: unknown): Promise<void> {
    const text = input === undefined || input === null ? null : JSON.stringify(input);
    const to = entityInstanceId(entity);
    const message = {
      to,
      operation: { name: operation, input: text, isSignal: true, requestId: randomUUID() },
    };
    await this.#running().commit({ kind: 'operation', message, at: this.#timestamps.next() });
  }

  /** JSON text of an entity's state; undefined when there is no such entity. */
  entityState(entity: EntityId): string | undefined {
    const known = this.#state.entities.get(entityInstanceId(entity));
    return known?.exists ? (known.state ?? 'null') : undefined;
  }

  async #send(instanceId: string, event: HistoryEvent): Promise<Outcome> {
    const instance = this.#state.instances.get(instanceId);
    if (!instance) return 'not-found';
    if (isFinished(instance.status)) return 'finished';
    await this.#running().commit({ kind: 'message', message: { to: instanceId, event } });
    return 'accepted';
  }

  async #unarchive(instance: OrchestrationInstance): Promise<void> {
    if (!instance.isArchived) return;
    const history = [...(await this.history(instance.instanceId))];
    const openTasks = [...instance.openTasks.values()];
    const whole = { ...instance, openTasks, history, isArchived: false };
    await this.#running().commit({ kind: 'instance', instance: whole });
  }

  #running(): HubEngine {
    if (!this.#engine) throw new Error(`The task hub ${this.options.hubName} is not open`);
    return this.#engine;
  }

  #nextFinish(instanceId: string, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const waiting = this.#waiting.get(instanceId) ?? new Set();
      this.#waiting.set(instanceId, waiting.add(resolve));
      signal?.addEventListener('abort', () => {
        waiting.delete(resolve);
        reject(signal.reason as Error);
      });
    });
  }
}

/** Ids as the extension makes them: 32 hexadecimal digits. */
function newId(): string {
  return randomUUID().replaceAll('-', '');
}

function elapsed(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
    });
  });
}
