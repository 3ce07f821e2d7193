import { randomUUID } from 'node:crypto';
import { type InvokeFunction } from '../invocation';
import { EntityRunner } from './entity-runner';
import { EventType } from './history-event';
import { type HubClock } from './hub-clock';
import { type HubFolder } from './hub-folder';
import { missingFunction, type HubFunction } from './hub-function';
import { type HubRecord, type TurnRecord } from './hub-record';
import { type HubState } from './hub-state';
import { deliverable, isFinished, type OrchestrationInstance } from './orchestration-instance';
import {
  beginTurn,
  invocationFailure,
  parseAnswer,
  parseFailure,
  triggerInput,
  type OrchestratorAnswer,
  type OrchestratorTurn,
} from './orchestrator-turn';
import { TaskRunner } from './task-runner';
import { type TimestampSource } from './timestamp';
import { completeTurn, terminateTurn } from './turn-completion';
import { WorkQueue } from './work-queue';

export interface EngineOptions {
  readonly state: HubState;
  readonly folder: HubFolder;
  readonly invoke: InvokeFunction;
  readonly functions: () => readonly HubFunction[];
  readonly maxConcurrentActivities: number;
  readonly maxConcurrentOrchestrators: number;
  readonly clock: HubClock;
  readonly timestamps: TimestampSource;
  readonly log: (level: string, message: string) => void;
  readonly onFinished: (instanceId: string) => void;
}

/** A long turn is followed by a pause as long, up to this, so that completions gather meanwhile. */
const MAXIMUM_PAUSE_MS = 100;

/**
 * Runs what the state of a task hub asks for: one turn at a time for an instance that has messages, the tasks
 * that turns open, the operations that entities get. Whatever happens is a record: applied at once, on disk
 * before anything outside the hub can see it. A turn may build on records that are still on their way to the
 * disk, since the journal keeps their order; an activity starts only when its turn is on disk.
 */
export class HubEngine {
  readonly #options: EngineOptions;
  readonly #turns: WorkQueue;
  readonly #tasks: TaskRunner;
  readonly #entities: EntityRunner;
  /** Instances whose turn is queued or running. */
  readonly #busy = new Set<string>();
  readonly #pauses = new Map<string, NodeJS.Timeout>();
  #isStopped = false;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#turns = new WorkQueue(options.maxConcurrentOrchestrators);
    const commit = (record: HubRecord): void => void this.commit(record).catch(() => undefined);
    this.#tasks = new TaskRunner({ ...options, commit });
    this.#entities = new EntityRunner({ ...options, commit });
  }

  /** Takes up everything that a restart has found unfinished. */
  resume(): void {
    const { instances, entities } = this.#options.state;
    for (const instance of instances.values()) {
      if (isFinished(instance.status)) continue;
      this.#tasks.dispatch(instance, unansweredTasks(instance));
      this.#wake(instance.instanceId);
    }
    for (const id of entities.keys()) this.#entities.wake(id);
  }

  /** Applies the record and sets going what follows from it; resolves when it is safe on disk. */
  async commit(record: HubRecord): Promise<void> {
    const written = this.#options.folder.commit(record);
    for (const id of wokenBy(record)) this.#wake(id);
    for (const id of entitiesWokenBy(record)) this.#entities.wake(id);
    if (record.kind === 'rewind') for (const id of this.#options.state.instances.keys()) this.#wake(id);
    if (record.kind === 'turn') this.#afterTurn(record, written);
    try {
      await written;
    } catch (error) {
      if (!this.#isStopped)
        this.#options.log('error', `The task hub stops: its journal failed: ${String(error)}`);
      this.#isStopped = true;
      throw error;
    }
  }

  /** Starts nothing more; resolves when the turns and tasks that run have ended and are on record. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const pause of this.#pauses.values()) clearTimeout(pause);
    await Promise.all([this.#turns.stop(), this.#tasks.stop(), this.#entities.stop()]);
  }

  #afterTurn(record: TurnRecord, written: Promise<void>): void {
    const { state, onFinished } = this.#options;
    for (const id of record.closed) this.#tasks.cancelTimer(record.executionId, id);
    if (isFinished(record.status)) {
      void written.then(
        () => {
          onFinished(record.instanceId);
        },
        () => undefined,
      );
      return;
    }
    const instance = state.active(record.instanceId, record.executionId);
    if (!instance || record.opened.length === 0) return;
    void written.then(
      () => {
        this.#tasks.dispatch(instance, record.opened);
      },
      () => undefined,
    );
  }

  #wake(instanceId: string): void {
    const instance = this.#options.state.active(instanceId);
    if (this.#isStopped || !instance || this.#busy.has(instanceId)) return;
    if (!instance.prelude && deliverable(instance).count === 0) return;
    const pause = this.#pauses.get(instanceId);
    if (pause) {
      if (hasUnansweredTasks(instance)) return;
      clearTimeout(pause);
      this.#pauses.delete(instanceId);
    }
    this.#busy.add(instanceId);
    this.#turns.add(() => this.#runTurn(instanceId));
  }

  async #runTurn(instanceId: string): Promise<void> {
    const { state, timestamps, log } = this.#options;
    // What has arrived in this turn of the event loop belongs into the same turn of the orchestrator.
    await new Promise(setImmediate);
    const began = performance.now();
    try {
      const instance = state.active(instanceId);
      const turn = instance && beginTurn(instance, timestamps.next());
      if (instance && turn) {
        const record = await this.#record(instance, turn);
        void this.commit(record).catch(() => undefined);
      }
    } catch (error) {
      log('error', `A turn of ${instanceId} could not be run: ${String(error)}`);
    } finally {
      this.#busy.delete(instanceId);
      this.#pause(instanceId, performance.now() - began);
      this.#wake(instanceId);
    }
  }

  #pause(instanceId: string, turnMs: number): void {
    if (turnMs < 2 || this.#isStopped) return;
    const timer = setTimeout(
      () => {
        this.#pauses.delete(instanceId);
        this.#wake(instanceId);
      },
      Math.min(turnMs, MAXIMUM_PAUSE_MS),
    );
    this.#pauses.set(instanceId, timer);
  }

  async #record(instance: OrchestrationInstance, turn: OrchestratorTurn): Promise<TurnRecord> {
    const { timestamps } = this.#options;
    if (turn.events.some((event) => event.EventType === EventType.ExecutionTerminated)) {
      return terminateTurn(instance, turn, timestamps.next());
    }
    const answer = await this.#ask(instance, turn);
    const surroundings = {
      at: timestamps.next(),
      nextExecutionId: randomUUID().replaceAll('-', ''),
      missingFunction: (name: string, triggerType: 'activityTrigger' | 'orchestrationTrigger') =>
        missingFunction(this.#options.functions(), name, triggerType),
    };
    try {
      return completeTurn(instance, turn, answer, surroundings);
    } catch (error) {
      return completeTurn(instance, turn, invocationFailure(messageOf(error)), surroundings);
    }
  }

  async #ask(instance: OrchestrationInstance, turn: OrchestratorTurn): Promise<OrchestratorAnswer> {
    const { invoke, log } = this.#options;
    try {
      return parseAnswer(
        await invoke(instance.name, { data: { string: triggerInput(instance, turn) }, log }),
      );
    } catch (error) {
      return parseFailure(error);
    }
  }
}

/** Fewer messages than open tasks settle it without a look at either. */
function hasUnansweredTasks(instance: OrchestrationInstance): boolean {
  return instance.inbox.length < instance.openTasks.size || unansweredTasks(instance).length > 0;
}

/** Open tasks whose completion has not arrived yet. */
function unansweredTasks({ openTasks, inbox }: OrchestrationInstance) {
  if (openTasks.size === 0) return [];
  const answered = new Set(
    inbox.map((event) =>
      'TaskScheduledId' in event ? event.TaskScheduledId : 'TimerId' in event ? event.TimerId : -1,
    ),
  );
  return [...openTasks.values()].filter((task) => !answered.has(task.id));
}

function wokenBy(record: HubRecord): readonly string[] {
  switch (record.kind) {
    case 'start':
      return [record.start.instanceId];
    case 'message':
      return [record.message.to];
    case 'turn': {
      const started = record.starts.flatMap(({ instanceId, parent }) =>
        parent ? [instanceId, parent.OrchestrationInstance.InstanceId] : [instanceId],
      );
      return [record.instanceId, ...started, ...(record.completion ? [record.completion.to] : [])];
    }
    case 'batch':
      return record.responses.map(({ to }) => to);
    case 'operation':
    case 'rewind':
    case 'purge':
    case 'instance':
    case 'entity':
      return [];
  }
}

function entitiesWokenBy(record: HubRecord): readonly string[] {
  if (record.kind === 'operation') return [record.message.to];
  if (record.kind === 'batch') return [record.id, ...record.operations.map(({ to }) => to)];
  return record.kind === 'turn' ? record.operations.map(({ to }) => to) : [];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
