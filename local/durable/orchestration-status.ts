import { EventType, type HistoryEvent } from './history-event';
import { type OrchestrationInstance, type RuntimeStatus } from './orchestration-instance';
import { toSeconds } from './timestamp';

/** The status of an instance as clients get it; times in whole seconds. */
export interface OrchestrationStatus {
  readonly name: string;
  readonly instanceId: string;
  readonly runtimeStatus: RuntimeStatus;
  readonly input: unknown;
  readonly customStatus: unknown;
  readonly output: unknown;
  readonly createdTime: string;
  readonly lastUpdatedTime: string;
  /** Only when asked for, and once the instance has begun. */
  readonly historyEvents?: readonly Readonly<Record<string, unknown>>[];
}

export function statusOf(instance: OrchestrationInstance, showInput = true): OrchestrationStatus {
  const input: unknown = instance.input === null || !showInput ? null : JSON.parse(instance.input);
  return {
    name: instance.name,
    instanceId: instance.instanceId,
    runtimeStatus: instance.status,
    input,
    customStatus: instance.customStatus,
    output: instance.output,
    createdTime: toSeconds(instance.createdTime),
    lastUpdatedTime: toSeconds(instance.lastUpdatedTime),
  };
}

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(EventType).map(([name, eventType]) => [eventType, name]),
);

const TURN_FRAME: ReadonlySet<number> = new Set([
  EventType.OrchestratorStarted,
  EventType.OrchestratorCompleted,
]);

/**
 * The history as status answers show it: event types by name, a scheduled call folded into its completion,
 * ids and the frame of the turns left out. Source: WebJobs.Extensions.DurableTask, DurableClient.
 */
export function condensedHistory(
  history: readonly HistoryEvent[],
  options: { readonly showOutput: boolean; readonly showInput: boolean },
): Record<string, unknown>[] {
  const scheduled = new Map<number, HistoryEvent>();
  const answered = new Set<number>();
  for (const event of history) {
    if (event.EventId >= 0) scheduled.set(event.EventId, event);
    if ('TaskScheduledId' in event) answered.add(event.TaskScheduledId);
  }
  return history
    .filter((event) => !TURN_FRAME.has(event.EventType) && !(isCall(event) && answered.has(event.EventId)))
    .map((event) => condensed(event, scheduled, options));
}

function condensed(
  event: HistoryEvent,
  scheduled: ReadonlyMap<number, HistoryEvent>,
  { showOutput, showInput }: { readonly showOutput: boolean; readonly showInput: boolean },
): Record<string, unknown> {
  const type = event.EventType;
  const shown: Record<string, unknown> = { ...event, EventType: NAMES.get(type) };
  for (const name of ['EventId', 'IsPlayed']) Reflect.deleteProperty(shown, name);
  if (!showOutput) delete shown['Result'];
  else if (typeof shown['Result'] === 'string') shown['Result'] = jsonOrText(shown['Result']);
  if (isCall(event) || type === EventType.ExecutionStarted) delete shown['Version'];
  if (type === EventType.ExecutionCompleted) shown['FailureDetails'] = null;
  if (type === EventType.TimerFired) delete shown['TimerId'];
  if (type === EventType.ExecutionStarted) {
    shown['FunctionName'] = shown['Name'];
    for (const name of ['Name', 'OrchestrationInstance', 'ParentInstance', 'Tags'])
      Reflect.deleteProperty(shown, name);
  }
  if ('TaskScheduledId' in event) foldCall(shown, scheduled.get(event.TaskScheduledId));
  if (!showInput) delete shown['Input'];
  return shown;
}

function foldCall(shown: Record<string, unknown>, call: HistoryEvent | undefined): void {
  delete shown['TaskScheduledId'];
  if (!call || !isCall(call)) return;
  shown['ScheduledTime'] = call.Timestamp.replace('Z', '+00:00');
  shown['FunctionName'] = call.Name;
  shown['Input'] = call.Input;
}

type CallEvent = Extract<HistoryEvent, { readonly EventType: 4 | 7 }>;

function isCall(event: HistoryEvent): event is CallEvent {
  return (
    event.EventType === EventType.TaskScheduled ||
    event.EventType === EventType.SubOrchestrationInstanceCreated
  );
}

/** A result is JSON text, the message of a failure is plain text. */
function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Not JSON: the text itself is the result.
    return text;
  }
}
