import { EventType, justHappened, type HistoryEvent } from './history-event';
import { type InstanceMessage, type TurnRecord } from './hub-record';
import {
  isTimerCanceled,
  leavesOf,
  parseAction,
  type ActionPath,
  type OrchestratorAction,
} from './orchestrator-action';
import {
  type FailedCall,
  type OpenTask,
  type OrchestrationInstance,
  type RuntimeStatus,
} from './orchestration-instance';
import { type OrchestratorAnswer, type OrchestratorTurn } from './orchestrator-turn';
import { millisecondsOf, timestampOf, type Timestamp } from './timestamp';
import { settleMessages } from './turn-outcome';
import { TurnPlan } from './turn-plan';

/** Bytes of UTF-16 text that a custom status may have, inclusive. Source: the durable extension. */
export const MAXIMUM_CUSTOM_STATUS_BYTES = 16 * 1024;

export interface TurnSurroundings {
  /** When the turn ended; the timestamp of what it schedules. */
  readonly at: Timestamp;
  /** Taken by the next run if the orchestrator continues as new. */
  readonly nextExecutionId: string;
  /** Names the problem when no function of this trigger type has the name; undefined when all is well. */
  readonly missingFunction: (
    name: string,
    triggerType: 'activityTrigger' | 'orchestrationTrigger',
  ) => string | undefined;
}

/** Turns the SDK's answer into the record of the turn: pure, the hub's state is not touched. */
export function completeTurn(
  instance: OrchestrationInstance,
  turn: OrchestratorTurn,
  answer: OrchestratorAnswer,
  surroundings: TurnSurroundings,
): TurnRecord {
  const { at } = surroundings;
  const clock = turn.startedAt;
  const plan = new TurnPlan(instance, clock, at);
  const fault = scheduleActions(instance, answer, clock, plan, surroundings) ?? oversizedStatus(answer);
  const outcome = settleMessages(instance, turn.events, clock, plan);
  const closed = [...outcome.closed, ...canceledTimers(instance.openTasks.values(), answer.actions)];
  const isOpen = (task: { readonly id: number }): boolean => !closed.includes(task.id);
  const hasOpenTasks = plan.opened.length > 0 || [...instance.openTasks.values()].some(isOpen);
  const failed: FailedCall[] = outcome.failed;
  const progress = { instance, turn, plan, closed, failed, at, answer };
  // A list of actions that has become shorter is no answer of the SDK: the invocation itself failed.
  const isBroken = answer.error !== undefined && answer.actions.length < instance.actionCount;
  const error = fault ?? answer.error;
  if (fault !== undefined || isBroken || !hasOpenTasks) {
    if (error !== undefined) return finish(progress, 'Failed', failureMessage(instance, error), error);
    const successor = answer.isDone ? continueAsNewOf(answer.actions) : undefined;
    if (successor) return continueAsNew(progress, successor.input, surroundings.nextExecutionId);
    if (answer.isDone) return finish(progress, 'Completed', answer.output ?? null);
  }
  return unfinished(progress);
}

/** The record of a turn that delivers a termination: the orchestrator has no say in it. */
export function terminateTurn(
  instance: OrchestrationInstance,
  turn: OrchestratorTurn,
  at: Timestamp,
): TurnRecord {
  const terminated = turn.events.find((event) => event.EventType === EventType.ExecutionTerminated);
  const plan = new TurnPlan(instance, turn.startedAt, at);
  const answer: OrchestratorAnswer = { isDone: false, actions: [] };
  const progress = { instance, turn, plan, closed: [...instance.openTasks.keys()], failed: [], at, answer };
  const reason = terminated?.Input ?? '';
  return finish(progress, 'Terminated', reason, reason);
}

interface TurnProgress {
  readonly instance: OrchestrationInstance;
  readonly turn: OrchestratorTurn;
  readonly plan: TurnPlan;
  readonly closed: readonly number[];
  readonly failed: readonly FailedCall[];
  readonly at: Timestamp;
  readonly answer: OrchestratorAnswer;
}

/** Schedules what the orchestrator has newly asked for. Returns the sentence that fails it, if any. */
function scheduleActions(
  instance: OrchestrationInstance,
  answer: OrchestratorAnswer,
  clock: Timestamp,
  plan: TurnPlan,
  surroundings: TurnSurroundings,
): string | undefined {
  for (const { id, ...call } of instance.rewoundCalls) plan.call(call, id);
  for (const [offset, value] of answer.actions.slice(instance.actionCount).entries()) {
    for (const { leaf, path } of leavesOf(parseAction(value), [instance.actionCount + offset])) {
      const missing = missingFunctionOf(leaf, surroundings);
      if (missing !== undefined) return missing;
      scheduleLeaf(leaf, path, clock, plan);
    }
  }
  return undefined;
}

function missingFunctionOf(
  leaf: OrchestratorAction,
  { missingFunction }: TurnSurroundings,
): string | undefined {
  switch (leaf.actionType) {
    case 0:
    case 1:
      return missingFunction(leaf.functionName, 'activityTrigger');
    case 2:
    case 3:
      return missingFunction(leaf.functionName, 'orchestrationTrigger');
    default:
      return undefined;
  }
}

function scheduleLeaf(leaf: OrchestratorAction, path: ActionPath, clock: Timestamp, plan: TurnPlan): void {
  switch (leaf.actionType) {
    case 0:
    case 1: {
      const input = leaf.input === undefined ? {} : { input: leaf.input };
      plan.call({ kind: 'activity', name: leaf.functionName, ...input, ...retryOf(leaf, clock) });
      return;
    }
    case 2:
    case 3: {
      const input = jsonText(leaf.input);
      const chosenId = leaf.instanceId ? { instanceId: leaf.instanceId } : {};
      plan.call({
        kind: 'subOrchestration',
        name: leaf.functionName,
        input,
        ...chosenId,
        ...retryOf(leaf, clock),
      });
      return;
    }
    case 5:
      plan.timer(timestampOf(millisecondsOf(leaf.fireAt)), { path, isCanceled: leaf.isCanceled === true });
      return;
    case 7:
    case 9:
      plan.entity(leaf.instanceId, leaf.operation, leaf.input, leaf.actionType === 9);
      return;
    case 8:
      plan.call({ kind: 'http', request: leaf.httpRequest });
      return;
    default:
      // continueAsNew ends the turn, waits for external events take no number, compound actions are no leaves.
      return;
  }
}

type RetryOption = Extract<OrchestratorAction, { actionType: 1 | 3 }>['retryOptions'];

function retryOf(leaf: { readonly retryOptions?: RetryOption }, clock: Timestamp) {
  const policy = leaf.retryOptions;
  return policy ? { retry: { policy, attempt: 1, firstAttemptAt: clock } } : {};
}

function canceledTimers(tasks: Iterable<OpenTask>, actions: readonly unknown[]): number[] {
  const timers = [...tasks].filter((task) => task.kind === 'timer' && task.path !== undefined);
  return timers
    .filter((task) => 'path' in task && isTimerCanceled(actions, task.path))
    .map((task) => task.id);
}

function continueAsNewOf(actions: readonly unknown[]): { readonly input?: unknown } | undefined {
  const last = actions.at(-1);
  const action = last === undefined ? undefined : parseAction(last);
  return action?.actionType === 4 ? action : undefined;
}

function oversizedStatus({ customStatus }: OrchestratorAnswer): string | undefined {
  if (customStatus === undefined) return undefined;
  const bytes = JSON.stringify(customStatus).length * 2;
  if (bytes <= MAXIMUM_CUSTOM_STATUS_BYTES) return undefined;
  return `The size of the JSON-serialized payload must not exceed 16 KB of UTF-16 text (custom status of ${bytes} bytes).`;
}

function failureMessage({ name }: OrchestrationInstance, error: string): string {
  return `Orchestrator function '${name}' failed: ${error}`;
}

function recordOf(
  progress: TurnProgress,
  status: RuntimeStatus,
  output: unknown,
  last: readonly HistoryEvent[],
): TurnRecord {
  const { instance, turn, plan, closed, failed, at, answer } = progress;
  const completed = justHappened(EventType.OrchestratorCompleted, at);
  return {
    kind: 'turn',
    instanceId: instance.instanceId,
    executionId: instance.executionId,
    consumed: turn.consumed,
    events: [...turn.events.map(played), ...plan.events, ...last, completed],
    at,
    nextEventId: plan.nextEventId,
    actionCount: Math.max(answer.actions.length, instance.actionCount),
    entityMessageCount: plan.entityMessageCount,
    entityMessageTimes: plan.entityMessageTimes,
    closed,
    opened: plan.opened,
    failed,
    status,
    ...(answer.customStatus !== undefined && { customStatus: answer.customStatus }),
    output,
    starts: plan.starts,
    operations: plan.operations,
  };
}

/** Every delivered event counts as played from now on, but for the turn's own start. */
function played(event: HistoryEvent): HistoryEvent {
  return event.EventType === EventType.OrchestratorStarted ? event : { ...event, IsPlayed: true };
}

function unfinished(progress: TurnProgress): TurnRecord {
  const { instance, turn } = progress;
  const last = turn.events.findLast(
    (event) =>
      event.EventType === EventType.ExecutionSuspended || event.EventType === EventType.ExecutionResumed,
  );
  if (last?.EventType === EventType.ExecutionSuspended)
    return recordOf(progress, 'Suspended', last.Reason, []);
  if (last === undefined && instance.status === 'Suspended') {
    return recordOf(progress, 'Suspended', instance.output, []);
  }
  return recordOf(progress, 'Running', null, []);
}

function continueAsNew(progress: TurnProgress, input: unknown, executionId: string): TurnRecord {
  const { instance, at } = progress;
  const text = jsonText(input);
  const started = {
    ...justHappened(EventType.ExecutionStarted, at),
    OrchestrationInstance: { InstanceId: instance.instanceId, ExecutionId: executionId },
    ParentInstance: instance.parent,
    Name: instance.name,
    Version: '',
    Input: text,
    Tags: null,
    Correlation: null,
    ParentTraceContext: null,
    ScheduledStartTime: null,
    Generation: null,
  };
  const prelude = [
    justHappened(EventType.OrchestratorStarted, at),
    started,
    justHappened(EventType.OrchestratorCompleted, at),
  ];
  return { ...recordOf(progress, 'Running', null, []), next: { executionId, input: text, prelude } };
}

function finish(progress: TurnProgress, status: RuntimeStatus, output: unknown, error?: string): TurnRecord {
  const { instance, plan, at } = progress;
  const result = jsonText(output);
  const completed = justHappened(EventType.ExecutionCompleted, at, plan.nextEventId);
  const last = {
    ...completed,
    OrchestrationStatus: status,
    Result: status === 'Completed' ? result : String(output),
  };
  const record = recordOf(progress, status, output, [last]);
  const completion = completionFor(instance, at, status, result, String(output), error);
  return completion ? { ...record, completion } : record;
}

function completionFor(
  { parent }: OrchestrationInstance,
  at: Timestamp,
  status: RuntimeStatus,
  result: string | null,
  reason: string,
  error = reason,
): InstanceMessage | undefined {
  if (!parent) return undefined;
  const { InstanceId: to, ExecutionId: executionId } = parent.OrchestrationInstance;
  const TaskScheduledId = parent.TaskScheduleId;
  if (status === 'Completed') {
    const event = justHappened(EventType.SubOrchestrationInstanceCompleted, at);
    return { to, executionId, event: { ...event, TaskScheduledId, Result: result } };
  }
  const event = justHappened(EventType.SubOrchestrationInstanceFailed, at);
  const Details = `Message: ${error}, StackTrace: `;
  return { to, executionId, event: { ...event, TaskScheduledId, Reason: reason, Details } };
}

function jsonText(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}
