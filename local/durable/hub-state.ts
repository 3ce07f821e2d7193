import { EventType, justHappened, type ExecutionStarted, type HistoryEvent } from './history-event';
import { type EntityMessage, type EntityState } from './entity-state';
import {
  type EntityBatchRecord,
  type HubRecord,
  type InstanceMessage,
  type InstanceSnapshot,
  type InstanceStart,
  type TurnRecord,
} from './hub-record';
import { isControl, isFinished, type OrchestrationInstance } from './orchestration-instance';
import { rewindInstance } from './rewind';

/**
 * Everything a task hub knows: the instances and the entities. It changes only by applying a record, so the
 * state after a restart, which applies the journal's records again, is the state before it.
 */
export class HubState {
  readonly instances = new Map<string, OrchestrationInstance>();
  readonly entities = new Map<string, EntityState>();

  apply(record: HubRecord): void {
    switch (record.kind) {
      case 'start':
        this.#start(record.start);
        return;
      case 'message':
        this.#deliver(record.message);
        return;
      case 'turn':
        this.#applyTurn(record);
        return;
      case 'operation':
        this.#enqueue(record.message, record.at);
        return;
      case 'batch':
        this.#applyBatch(record);
        return;
      case 'rewind':
        rewindInstance(this.instances, record.instanceId, record.reason, record.at);
        return;
      case 'purge':
        for (const id of record.instanceIds) this.instances.delete(id);
        return;
      case 'instance':
        this.instances.set(record.instance.instanceId, restored(record.instance));
        return;
      case 'entity':
        this.entities.set(record.entity.id, structuredClone(record.entity));
        return;
    }
  }

  /** The records that give this state to an empty hub. */
  *snapshot(): Generator<HubRecord> {
    for (const instance of this.instances.values()) {
      yield { kind: 'instance', instance: { ...instance, openTasks: [...instance.openTasks.values()] } };
    }
    for (const entity of this.entities.values()) yield { kind: 'entity', entity };
  }

  /** The unfinished instance with this id and, where one is given, this run. */
  active(instanceId: string, executionId?: string): OrchestrationInstance | undefined {
    const instance = this.instances.get(instanceId);
    if (!instance || isFinished(instance.status)) return undefined;
    return executionId === undefined || executionId === instance.executionId ? instance : undefined;
  }

  #start(start: InstanceStart): void {
    const existing = this.active(start.instanceId);
    if (existing) {
      this.#refuseSubOrchestration(start, existing.status);
      return;
    }
    this.instances.set(start.instanceId, newInstance(start));
  }

  #refuseSubOrchestration({ parent, at }: InstanceStart, status: string): void {
    if (!parent) return;
    const { InstanceId: to, ExecutionId: executionId } = parent.OrchestrationInstance;
    const Reason = `An Orchestration instance with the status ${status} already exists.`;
    const failed = justHappened(EventType.SubOrchestrationInstanceFailed, at);
    const event = {
      ...failed,
      TaskScheduledId: parent.TaskScheduleId,
      Reason,
      Details: '',
      FailureDetails: null,
    };
    this.#deliver({ to, executionId, event });
  }

  /** What comes too late, for a run that has ended, is dropped. */
  #deliver({ to, executionId, event }: InstanceMessage): void {
    this.active(to, executionId)?.inbox.push(event);
  }

  #applyTurn(record: TurnRecord): void {
    const instance = this.active(record.instanceId, record.executionId);
    if (!instance) return;
    instance.inbox.splice(record.taken.from, record.taken.count);
    instance.prelude = null;
    instance.history.push(...record.events);
    for (const id of record.closed) instance.openTasks.delete(id);
    for (const task of record.opened) instance.openTasks.set(task.id, task);
    instance.failedCalls.push(...record.failed);
    instance.rewoundCalls = [];
    instance.nextEventId = record.nextEventId;
    instance.actionCount = record.actionCount;
    instance.entityMessageCount = record.entityMessageCount;
    instance.entityMessageTimes = { ...record.entityMessageTimes };
    instance.status = record.status;
    instance.lastUpdatedTime = record.at;
    if (record.customStatus !== undefined) instance.customStatus = record.customStatus;
    instance.output = record.output;
    if (isFinished(record.status)) {
      instance.inbox = [];
      instance.openTasks.clear();
    }
    if (record.next) beginNextRun(instance, record.next);
    for (const start of record.starts) this.#start(start);
    for (const message of record.operations) this.#enqueue(message, record.at);
    if (record.completion) this.#deliver(record.completion);
  }

  #applyBatch(record: EntityBatchRecord): void {
    const entity = this.entities.get(record.id);
    if (!entity) return;
    entity.queue.splice(0, record.consumed);
    entity.exists = record.exists;
    entity.state = record.state;
    entity.lastOperationTime = record.at;
    for (const response of record.responses) this.#deliver(response);
    for (const message of record.operations) this.#enqueue(message, record.at);
  }

  #enqueue({ to, operation }: EntityMessage, at: string): void {
    const known = this.entities.get(to);
    if (known) known.queue.push(operation);
    else {
      this.entities.set(to, {
        id: to,
        exists: false,
        state: null,
        lastOperationTime: at,
        queue: [operation],
      });
    }
  }
}

function newInstance({
  instanceId,
  executionId,
  name,
  input,
  parent,
  at,
}: InstanceStart): OrchestrationInstance {
  const started: ExecutionStarted = {
    ...justHappened(EventType.ExecutionStarted, at),
    OrchestrationInstance: { InstanceId: instanceId, ExecutionId: executionId },
    ParentInstance: parent,
    Name: name,
    Version: '',
    Input: input,
    Tags: null,
    Correlation: null,
    ParentTraceContext: null,
    ScheduledStartTime: null,
    Generation: parent ? null : 0,
  };
  return {
    instanceId,
    name,
    executionId,
    parent,
    input,
    status: 'Pending',
    createdTime: at,
    lastUpdatedTime: at,
    customStatus: null,
    output: null,
    history: [],
    inbox: [started],
    prelude: null,
    openTasks: new Map(),
    failedCalls: [],
    rewoundCalls: [],
    nextEventId: 0,
    actionCount: 0,
    entityMessageCount: 0,
    entityMessageTimes: {},
  };
}

/** continueAsNew: what has been delivered is forgotten, what has not is kept. */
function beginNextRun(instance: OrchestrationInstance, next: NonNullable<TurnRecord['next']>): void {
  instance.executionId = next.executionId;
  instance.input = next.input;
  instance.history = [];
  instance.prelude = [...next.prelude];
  instance.inbox = instance.inbox.filter(isForAnyRun);
  instance.failedCalls = [];
  instance.nextEventId = 0;
  instance.actionCount = 0;
  instance.entityMessageCount = 0;
  instance.entityMessageTimes = {};
}

function isForAnyRun(event: HistoryEvent): boolean {
  return isControl(event) || event.EventType === EventType.EventRaised;
}

function restored({ openTasks, ...rest }: InstanceSnapshot): OrchestrationInstance {
  return { ...structuredClone(rest), openTasks: new Map(openTasks.map((task) => [task.id, task])) };
}
