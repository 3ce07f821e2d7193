import { canceledTimers, jsonText, scheduleActions, type MissingFunction } from './action-schedule';
import { EventType, justHappened, type HistoryEvent } from './history-event';
import { type InstanceMessage, type TurnRecord } from './hub-record';
import { parseAction } from './orchestrator-action';
import { type FailedCall, type OrchestrationInstance, type RuntimeStatus } from './orchestration-instance';
import { type OrchestratorAnswer, type OrchestratorTurn } from './orchestrator-turn';
import { type Timestamp } from './timestamp';
import { settleMessages } from './turn-outcome';
import { TurnPlan } from './turn-plan';

export interface TurnSurroundings {
  /** When the turn ended; the timestamp of what it schedules. */
  readonly at: Timestamp;
  /** Taken by the next run if the orchestrator continues as new. */
  readonly nextExecutionId: string;
  readonly missingFunction: MissingFunction;
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
  const fault = scheduleActions(instance, answer, clock, plan, surroundings.missingFunction);
  const { closed, failed } = settleMessages(instance, turn.events, clock, plan);
  for (const id of canceledTimers(instance.openTasks.values(), answer.actions)) closed.add(id);
  // Like the extension, an orchestration ends only when nothing that it has scheduled is still open.
  const isOpen = (id: number): boolean => !closed.has(id);
  const hasOpenTasks = plan.opened.length > 0 || [...instance.openTasks.keys()].some(isOpen);
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
  const closed = new Set(instance.openTasks.keys());
  const progress = { instance, turn, plan, closed, failed: [], at, answer };
  const reason = terminated?.Input ?? '';
  return finish(progress, 'Terminated', reason, reason);
}

interface TurnProgress {
  readonly instance: OrchestrationInstance;
  readonly turn: OrchestratorTurn;
  readonly plan: TurnPlan;
  readonly closed: ReadonlySet<number>;
  readonly failed: readonly FailedCall[];
  readonly at: Timestamp;
  readonly answer: OrchestratorAnswer;
}

function continueAsNewOf(actions: readonly unknown[]): { readonly input?: unknown } | undefined {
  const last = actions.at(-1);
  const action = last === undefined ? undefined : parseAction(last);
  return action?.actionType === 4 ? action : undefined;
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
    taken: turn.taken,
    events: [...turn.events.map(played), ...plan.events, ...last, completed],
    at,
    nextEventId: plan.nextEventId,
    actionCount: Math.max(answer.actions.length, instance.actionCount),
    entityMessageCount: plan.entityMessageCount,
    entityMessageTimes: plan.entityMessageTimes,
    closed: [...closed],
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
  const failure = { Reason: reason, Details, FailureDetails: null };
  return { to, executionId, event: { ...event, TaskScheduledId, ...failure } };
}
