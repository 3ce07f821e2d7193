import { type InvocationAnswer } from '../invocation';
import { EventType, justHappened, type HistoryEvent } from './history-event';
import { deliverable, type OrchestrationInstance } from './orchestration-instance';
import { type Timestamp } from './timestamp';

/** One replay of an orchestrator: what it is fed. */
export interface OrchestratorTurn {
  /** The turn's clock, which the orchestrator reads as the current time. */
  readonly startedAt: Timestamp;
  /** Which messages of the inbox it delivers. */
  readonly taken: { readonly from: number; readonly count: number };
  /** Its own events: OrchestratorStarted, then the messages. */
  readonly events: readonly HistoryEvent[];
  readonly isReplaying: boolean;
}

/** Takes what can be delivered now, or undefined when there is nothing to do. `at` becomes the turn's clock. */
export function beginTurn(instance: OrchestrationInstance, at: Timestamp): OrchestratorTurn | undefined {
  const { prelude } = instance;
  if (prelude) {
    const startedAt = prelude[0]?.Timestamp ?? at;
    return { startedAt, taken: { from: 0, count: 0 }, events: prelude, isReplaying: false };
  }
  const taken = deliverable(instance);
  if (taken.count === 0) return undefined;
  const messages = instance.inbox.slice(taken.from, taken.from + taken.count);
  const events = [justHappened(EventType.OrchestratorStarted, at), ...messages];
  return { startedAt: at, taken, events, isReplaying: instance.history.length > 0 };
}

/**
 * The orchestration trigger's value, JSON text: the out-of-process protocol of the durable extension, with the
 * schema version that durable-functions calls V3.
 */
export function triggerInput(instance: OrchestrationInstance, turn: OrchestratorTurn): string {
  return JSON.stringify({
    history: [...instance.history, ...turn.events],
    input: instance.input === null ? null : (JSON.parse(instance.input) as unknown),
    instanceId: instance.instanceId,
    isReplaying: turn.isReplaying,
    parentInstanceId: instance.parent?.OrchestrationInstance.InstanceId ?? null,
    upperSchemaVersion: 1,
    upperSchemaVersionNew: 2,
    longRunningTimerIntervalDuration: '3.00:00:00',
    maximumShortTimerDuration: '6.00:00:00',
    // The misspelling is the protocol's.
    defaultHttpAsyncRequestSleepTimeMillseconds: 30_000,
  });
}

/** What the SDK said at the end of a turn. */
export interface OrchestratorAnswer {
  readonly isDone: boolean;
  /** Every action since the start of the run, unparsed. */
  readonly actions: readonly unknown[];
  readonly output?: unknown;
  readonly error?: string;
  readonly customStatus?: unknown;
}

/** Reads the orchestrator's answer; throws where it is not the SDK's state document. */
export function parseAnswer(answer: InvocationAnswer): OrchestratorAnswer {
  const text = answer.returnValue?.json ?? answer.returnValue?.string;
  if (text === undefined)
    throw new Error("The orchestrator returned nothing; expected the SDK's state as JSON");
  return parseState(text);
}

const OUT_OF_PROCESS_LABEL = '$OutOfProcData$:';

/**
 * Reads what an orchestrator threw. The SDK hides its state behind a label in the message; anything else is
 * a plain failure of the invocation, which knows no actions.
 */
export function parseFailure(error: unknown): OrchestratorAnswer {
  const message = error instanceof Error ? error.message : String(error);
  const start = message.indexOf(OUT_OF_PROCESS_LABEL);
  if (start < 0) return invocationFailure(message);
  try {
    return parseState(message.slice(start + OUT_OF_PROCESS_LABEL.length));
  } catch {
    // The label without the SDK's state behind it: the message is all there is.
    return invocationFailure(message);
  }
}

/** What an orchestrator amounts to whose invocation failed without an answer of the SDK. */
export function invocationFailure(message: string): OrchestratorAnswer {
  return { isDone: false, actions: [], error: message };
}

interface StateDocument {
  readonly isDone?: boolean;
  readonly actions?: readonly (readonly unknown[])[];
  readonly output?: unknown;
  readonly error?: string;
  readonly customStatus?: unknown;
}

function parseState(text: string): OrchestratorAnswer {
  const state = JSON.parse(text) as StateDocument | null;
  const actions = state?.actions?.[0];
  if (!Array.isArray(actions)) {
    throw new Error("The orchestrator's answer has no list of actions at /actions/0");
  }
  return {
    isDone: state?.isDone === true,
    actions,
    output: state?.output,
    ...(state?.error !== undefined && { error: state.error }),
    ...(state?.customStatus != null && { customStatus: state.customStatus }),
  };
}
