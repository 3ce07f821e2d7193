import {
  EventType,
  type HistoryEvent,
  type SubOrchestrationInstanceFailed,
  type TaskCompleted,
  type TaskFailed,
} from './history-event';
import {
  type FailedCall,
  type HttpCall,
  type OpenTask,
  type OrchestrationInstance,
  type RetryableCall,
  type TaskFailure,
  type TimerContinuation,
} from './orchestration-instance';
import { isRetryExpired, retryDelayMs } from './retry-delay';
import { plusMilliseconds, type Timestamp } from './timestamp';
import { type TurnPlan } from './turn-plan';

const DEFAULT_POLL_MS = 30_000;

/** What a turn's messages have finished. */
export interface TurnOutcome {
  readonly closed: Set<number>;
  readonly failed: FailedCall[];
}

/**
 * Closes the tasks that this turn's messages finish, and schedules what the host does about them by itself:
 * the timer before a retry and the retry after it, the next part of a long timer, the next poll.
 */
export function settleMessages(
  instance: OrchestrationInstance,
  events: readonly HistoryEvent[],
  clock: Timestamp,
  plan: TurnPlan,
): TurnOutcome {
  const outcome: TurnOutcome = { closed: new Set(), failed: [] };
  for (const event of events) {
    const task = taskOf(instance, event);
    if (!task || outcome.closed.has(task.id)) continue;
    outcome.closed.add(task.id);
    if (isFailure(event)) {
      const isLast = !isRetryable(task) || task.retry.attempt >= task.retry.policy.maxNumberOfAttempts;
      if (isRetryable(task)) planRetry(task, event, clock, plan);
      if (isLast && task.kind !== 'timer') outcome.failed.push(task);
    } else if (event.EventType === EventType.TaskCompleted) {
      if (task.kind === 'http') planPoll(task, event, clock, plan);
    } else if (task.kind === 'timer' && task.then) {
      planContinuation(task.then, task.path, plan);
    }
  }
  return outcome;
}

function taskOf(instance: OrchestrationInstance, event: HistoryEvent): OpenTask | undefined {
  if ('TaskScheduledId' in event) return instance.openTasks.get(event.TaskScheduledId);
  return 'TimerId' in event ? instance.openTasks.get(event.TimerId) : undefined;
}

function isFailure(event: HistoryEvent): event is TaskFailed | SubOrchestrationInstanceFailed {
  return (
    event.EventType === EventType.TaskFailed || event.EventType === EventType.SubOrchestrationInstanceFailed
  );
}

function isRetryable(task: OpenTask): task is { readonly id: number } & RetryableCall {
  return 'retry' in task;
}

/**
 * After every failed attempt comes a timer. The one after the last attempt is due at once and leads to
 * nothing: the SDK fails the call only when it has fired. Source: durable-functions, RetryableTask.
 */
function planRetry(call: RetryableCall, failure: TaskFailure, clock: Timestamp, plan: TurnPlan): void {
  const { policy, attempt, firstAttemptAt } = call.retry;
  if (attempt >= policy.maxNumberOfAttempts) {
    plan.timer(clock);
    return;
  }
  // Azure sends nothing more once the retry timeout has passed, and the SDK waits for good. Here the attempts
  // that are left fail at once instead, which the SDK understands.
  const isExpired = isRetryExpired(policy, firstAttemptAt, clock);
  const { Reason, Details, FailureDetails } = failure;
  const expired = isExpired ? { expired: { Reason, Details, FailureDetails } } : {};
  const next = { ...call, retry: { ...call.retry, attempt: attempt + 1, ...expired } };
  const delayMs = isExpired ? 0 : retryDelayMs(policy, attempt);
  plan.timer(plusMilliseconds(clock, delayMs), { then: { kind: 'retry', call: next } });
}

/** The SDK numbers the wait and the next request together when it sees a 202 with a Location. */
function planPoll({ request }: HttpCall, { Result }: TaskCompleted, clock: Timestamp, plan: TurnPlan): void {
  const { statusCode, headers } = parseHttpResult(Result);
  const location = headers['location'];
  if (!request.asynchronousPatternEnabled || statusCode !== 202 || !location) return;
  const retryAfter = Number(headers['retry-after']);
  const waitMs = Number.isFinite(retryAfter) ? retryAfter * 1000 : DEFAULT_POLL_MS;
  const next = { ...request, method: 'GET', content: null, uri: new URL(location, request.uri).href };
  const call: HttpCall = { kind: 'http', request: next };
  plan.timer(plusMilliseconds(clock, waitMs), { then: { kind: 'poll', id: plan.nextEventId + 1, call } });
  plan.reserve();
}

function parseHttpResult(result: string | null): {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
} {
  const response = JSON.parse(result ?? 'null') as { statusCode: number; headers: Record<string, string> };
  const headers = Object.entries(response.headers).map(([name, value]) => [name.toLowerCase(), value]);
  return { statusCode: response.statusCode, headers: Object.fromEntries(headers) as Record<string, string> };
}

function planContinuation(
  then: TimerContinuation,
  path: Extract<OpenTask, { kind: 'timer' }>['path'],
  plan: TurnPlan,
): void {
  switch (then.kind) {
    case 'retry':
      plan.call(then.call);
      return;
    case 'extend':
      plan.timer(then.until, path ? { path } : {});
      return;
    case 'poll':
      plan.call(then.call, then.id);
      return;
  }
}
