import { EventType, type HistoryEvent, type ParentInstance } from './history-event';
import { type ActionPath, type HttpCallRequest, type RetryPolicy } from './orchestrator-action';
import { type Timestamp } from './timestamp';

export type RuntimeStatus = 'Pending' | 'Running' | 'Suspended' | 'Completed' | 'Failed' | 'Terminated';

/** Why a call failed, in the extension's words. */
export interface TaskFailure {
  readonly Reason: string;
  readonly Details: string;
  readonly FailureDetails: null;
}

/** Where a call with retries stands. */
interface RetryState {
  readonly policy: RetryPolicy;
  /** Number of the attempt that is open or waited for, from 1. */
  readonly attempt: number;
  readonly firstAttemptAt: Timestamp;
  /** Set once the retry timeout has passed: further attempts fail with this failure without running. */
  readonly expired?: TaskFailure;
}

export interface ActivityCall {
  readonly kind: 'activity';
  readonly name: string;
  /** JSON value as the SDK sent it; absent when it sent none. */
  readonly input?: unknown;
  readonly retry?: RetryState;
}

export interface SubOrchestrationCall {
  readonly kind: 'subOrchestration';
  readonly name: string;
  /** JSON text, null for none. */
  readonly input: string | null;
  /** Only where the orchestrator chose it. */
  readonly instanceId?: string;
  readonly retry?: RetryState;
}

export interface HttpCall {
  readonly kind: 'http';
  readonly request: HttpCallRequest;
}

interface TimerWait {
  readonly kind: 'timer';
  readonly fireAt: Timestamp;
  /** Place of the timer's action, through which the SDK cancels it. */
  readonly path?: ActionPath;
  /** What follows when it fires; nothing for a plain timer. */
  readonly then?: TimerContinuation;
}

export type RetryableCall = (ActivityCall | SubOrchestrationCall) & { readonly retry: RetryState };

export type TimerContinuation =
  /** The next attempt of a failed call. */
  | { readonly kind: 'retry'; readonly call: RetryableCall }
  /** The next part of a timer that is longer than six days. */
  | { readonly kind: 'extend'; readonly until: Timestamp }
  /** The next poll of an HTTP call; the SDK has numbered it already. */
  | { readonly kind: 'poll'; readonly id: number; readonly call: HttpCall };

/** Something scheduled by the orchestrator that has not finished, by its event id. */
export type OpenTask = { readonly id: number } & (ActivityCall | SubOrchestrationCall | HttpCall | TimerWait);

/** A call that failed for good: what a rewind runs again. */
export type FailedCall = { readonly id: number } & (ActivityCall | SubOrchestrationCall | HttpCall);

/**
 * One orchestration instance. `inbox` holds what has arrived and not been delivered, in order of arrival;
 * a turn delivers it, and its record moves it to `history`. `prelude` stands in place of the inbox's head
 * right after continueAsNew: the first turn of the new run begins with exactly these events.
 */
export interface OrchestrationInstance {
  readonly instanceId: string;
  readonly name: string;
  executionId: string;
  readonly parent: ParentInstance | null;
  /** JSON text, null for none. */
  input: string | null;
  status: RuntimeStatus;
  readonly createdTime: Timestamp;
  lastUpdatedTime: Timestamp;
  customStatus: unknown;
  output: unknown;
  /** Empty once `isArchived`. */
  history: HistoryEvent[];
  /** The history lies in the archive; only finished instances. */
  isArchived?: boolean;
  inbox: HistoryEvent[];
  prelude: HistoryEvent[] | null;
  openTasks: Map<number, OpenTask>;
  failedCalls: FailedCall[];
  /** Calls that a rewind has put back, to be scheduled again in the next turn. */
  rewoundCalls: FailedCall[];
  /** The number that the SDK will give to the next thing it schedules. */
  nextEventId: number;
  /** How many of the SDK's actions have been scheduled. */
  actionCount: number;
  /** How many entity messages were sent, which numbers their ids. */
  entityMessageCount: number;
  /** Timestamp of the last message to each entity. */
  entityMessageTimes: Record<string, Timestamp>;
}

export function isFinished(status: RuntimeStatus): boolean {
  return status === 'Completed' || status === 'Failed' || status === 'Terminated';
}

/**
 * The messages that the next turn takes: `count` of them from index `from` on, 0 when there is nothing to do.
 * A suspended instance takes only a resume or a terminate. A message that makes the host number something by
 * itself (a retry's timer, the next part of a long timer, an HTTP poll) ends its turn: the SDK numbers what it
 * yields in the same turn first, so both agree.
 */
export function deliverable(instance: OrchestrationInstance): {
  readonly from: number;
  readonly count: number;
} {
  const { inbox } = instance;
  const nothing = { from: 0, count: 0 };
  if (isFinished(instance.status)) return nothing;
  if (instance.status === 'Suspended') {
    const control = inbox.findIndex(isControl);
    return control < 0 ? nothing : { from: control, count: 1 };
  }
  const last = inbox.findIndex((message) => isControl(message) || numbersByHost(instance, message));
  return { from: 0, count: last < 0 ? inbox.length : last + 1 };
}

/** Whether the event changes whether the instance may run at all. */
export function isControl(event: HistoryEvent): boolean {
  return (
    event.EventType === EventType.ExecutionTerminated ||
    event.EventType === EventType.ExecutionSuspended ||
    event.EventType === EventType.ExecutionResumed
  );
}

function numbersByHost(instance: OrchestrationInstance, message: HistoryEvent): boolean {
  const { openTasks } = instance;
  if ('TaskScheduledId' in message) {
    const task = openTasks.get(message.TaskScheduledId);
    if (message.EventType === EventType.TaskCompleted) return task?.kind === 'http';
    const isFailure = message.EventType !== EventType.SubOrchestrationInstanceCompleted;
    return isFailure && task !== undefined && 'retry' in task;
  }
  if (message.EventType !== EventType.TimerFired) return false;
  const timer = openTasks.get(message.TimerId);
  return timer?.kind === 'timer' && timer.then !== undefined;
}
