import { EventType, justHappened, type HistoryEvent } from './history-event';
import { type OrchestrationInstance } from './orchestration-instance';
import { type Timestamp } from './timestamp';

/**
 * Puts a failed instance back to where its failed calls were about to run: their events, and that of the
 * failure, become generic ones, which the SDK overlooks; what succeeded stays. Failed sub-orchestrations are
 * rewound too. Source: the Azure Storage backend's rewind.
 */
export function rewindInstance(
  instances: ReadonlyMap<string, OrchestrationInstance>,
  instanceId: string,
  reason: string,
  at: Timestamp,
): void {
  const instance = instances.get(instanceId);
  if (instance?.status !== 'Failed') return;
  const { failedCalls } = instance;
  const children = subOrchestrationsOf(instance);
  const failedIds = new Set(failedCalls.map((call) => call.id));
  instance.history = instance.history.map((event) =>
    isPartOfFailure(event, failedIds) ? generic(event) : event,
  );
  instance.failedCalls = [];
  instance.status = 'Pending';
  instance.output = null;
  instance.lastUpdatedTime = at;
  instance.inbox = [{ ...justHappened(EventType.GenericEvent, at), Data: reason }];
  for (const call of failedCalls) {
    const child = call.kind === 'subOrchestration' ? instances.get(children.get(call.id) ?? '') : undefined;
    if (child?.status === 'Failed') instance.openTasks.set(call.id, call);
    else instance.rewoundCalls.push(call);
  }
  for (const call of instance.openTasks.keys()) {
    rewindInstance(instances, children.get(call) ?? '', reason, at);
  }
}

/** A rewind repeats single calls, not calls with retries, whose timers have numbers of their own. */
export function canRewind(instance: OrchestrationInstance): boolean {
  return !instance.failedCalls.some((call) => 'retry' in call);
}

function subOrchestrationsOf({ history }: OrchestrationInstance): Map<number, string> {
  const created = history.filter((event) => event.EventType === EventType.SubOrchestrationInstanceCreated);
  return new Map(created.map((event) => [event.EventId, event.InstanceId]));
}

function isPartOfFailure(event: HistoryEvent, failedIds: ReadonlySet<number>): boolean {
  if (event.EventType === EventType.ExecutionCompleted) return true;
  if (event.EventType === EventType.TaskScheduled) return failedIds.has(event.EventId);
  return 'TaskScheduledId' in event && failedIds.has(event.TaskScheduledId);
}

function generic(event: HistoryEvent): HistoryEvent {
  const { EventId, IsPlayed, Timestamp } = event;
  return { EventType: EventType.GenericEvent, EventId, IsPlayed, Timestamp, Data: null };
}
