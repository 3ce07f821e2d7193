import {
  isTimerCanceled,
  leavesOf,
  parseAction,
  type ActionPath,
  type LeafAction,
  type RetryPolicy,
} from './orchestrator-action';
import { type OpenTask, type OrchestrationInstance } from './orchestration-instance';
import { type OrchestratorAnswer } from './orchestrator-turn';
import { millisecondsOf, timestampOf, type Timestamp } from './timestamp';
import { type TurnPlan } from './turn-plan';

/** Bytes of UTF-16 text that a custom status may have, inclusive. Source: the durable extension. */
const MAXIMUM_CUSTOM_STATUS_BYTES = 16 * 1024;

/** Names the problem when no function of this trigger type has the name; undefined when all is well. */
export type MissingFunction = (
  name: string,
  triggerType: 'activityTrigger' | 'orchestrationTrigger',
) => string | undefined;

/**
 * Schedules what the orchestrator has asked for since its last turn, in its order. Returns the sentence that
 * fails the orchestration when it asked for what cannot be; then nothing is scheduled.
 */
export function scheduleActions(
  instance: OrchestrationInstance,
  answer: OrchestratorAnswer,
  clock: Timestamp,
  plan: TurnPlan,
  missingFunction: MissingFunction,
): string | undefined {
  const fault = oversizedStatus(answer);
  if (fault !== undefined) return fault;
  const known = instance.actionCount;
  const leaves = answer.actions
    .slice(known)
    .flatMap((action, offset) => [...leavesOf(parseAction(action), [known + offset])]);
  for (const { leaf } of leaves) {
    const missing = missingFunctionOf(leaf, missingFunction);
    if (missing !== undefined) return missing;
  }
  for (const { id, ...call } of instance.rewoundCalls) plan.call(call, id);
  for (const { leaf, path } of leaves) scheduleLeaf(leaf, path, clock, plan);
  return undefined;
}

/** Ids of the open timers that the orchestrator has cancelled since. */
export function canceledTimers(tasks: Iterable<OpenTask>, actions: readonly unknown[]): number[] {
  const ids: number[] = [];
  for (const task of tasks) {
    if (task.kind === 'timer' && task.path && isTimerCanceled(actions, task.path)) ids.push(task.id);
  }
  return ids;
}

/** The JSON text of a value on the wire; null for null and undefined alike. */
export function jsonText(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}

function missingFunctionOf(leaf: LeafAction, missingFunction: MissingFunction): string | undefined {
  if (leaf.actionType === 0 || leaf.actionType === 1) {
    return missingFunction(leaf.functionName, 'activityTrigger');
  }
  if (leaf.actionType === 2 || leaf.actionType === 3) {
    return missingFunction(leaf.functionName, 'orchestrationTrigger');
  }
  return undefined;
}

function scheduleLeaf(leaf: LeafAction, path: ActionPath, clock: Timestamp, plan: TurnPlan): void {
  switch (leaf.actionType) {
    case 0:
    case 1: {
      const input = leaf.input === undefined ? {} : { input: leaf.input };
      const retry = leaf.actionType === 1 ? firstAttempt(leaf.retryOptions, clock) : {};
      plan.call({ kind: 'activity', name: leaf.functionName, ...input, ...retry });
      return;
    }
    case 2:
    case 3: {
      const chosen = leaf.instanceId ? { instanceId: leaf.instanceId } : {};
      const retry = leaf.actionType === 3 ? firstAttempt(leaf.retryOptions, clock) : {};
      const call = { name: leaf.functionName, input: jsonText(leaf.input), ...chosen, ...retry };
      plan.call({ kind: 'subOrchestration', ...call });
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
    case 4:
    case 6:
      // continueAsNew ends the run; a wait for an external event takes no number.
      return;
  }
}

function firstAttempt(policy: RetryPolicy, clock: Timestamp) {
  return { retry: { policy, attempt: 1, firstAttemptAt: clock } };
}

function oversizedStatus({ customStatus }: OrchestratorAnswer): string | undefined {
  if (customStatus === undefined) return undefined;
  const bytes = JSON.stringify(customStatus).length * 2;
  if (bytes <= MAXIMUM_CUSTOM_STATUS_BYTES) return undefined;
  return `The size of the JSON-serialized payload must not exceed 16 KB of UTF-16 text (the custom status has ${bytes} bytes).`;
}
