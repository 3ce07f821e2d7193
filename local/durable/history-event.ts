import { type Timestamp } from './timestamp';

/** Numbers of the history events on the wire. Source: DurableTask.Core `EventType`. */
export const EventType = {
  ExecutionStarted: 0,
  ExecutionCompleted: 1,
  ExecutionTerminated: 3,
  TaskScheduled: 4,
  TaskCompleted: 5,
  TaskFailed: 6,
  SubOrchestrationInstanceCreated: 7,
  SubOrchestrationInstanceCompleted: 8,
  SubOrchestrationInstanceFailed: 9,
  TimerCreated: 10,
  TimerFired: 11,
  OrchestratorStarted: 12,
  OrchestratorCompleted: 13,
  EventSent: 14,
  EventRaised: 15,
  GenericEvent: 17,
  ExecutionSuspended: 19,
  ExecutionResumed: 20,
} as const;

/** The id of an event that was not scheduled by the orchestrator. */
const UNSEQUENCED = -1;

interface EventOf<T extends number> {
  readonly EventType: T;
  /** The orchestrator's own number of a scheduled event: 0, 1, 2, …; else -1. */
  readonly EventId: number;
  /** True once the event has been delivered to the orchestrator in an earlier turn. */
  readonly IsPlayed: boolean;
  readonly Timestamp: Timestamp;
}

/** One run of an instance: continueAsNew keeps the instance id and takes a new execution id. */
interface ExecutionRef {
  readonly InstanceId: string;
  readonly ExecutionId: string;
}

export interface ParentInstance {
  readonly Name: string;
  readonly OrchestrationInstance: ExecutionRef;
  /** The event id of the parent's SubOrchestrationInstanceCreated. */
  readonly TaskScheduleId: number;
  readonly Version: string;
}

export type ExecutionStarted = EventOf<0> & {
  readonly OrchestrationInstance: ExecutionRef;
  readonly ParentInstance: ParentInstance | null;
  readonly Name: string;
  readonly Version: string;
  /** JSON text; null for a null input. */
  readonly Input: string | null;
  readonly Tags: null;
  readonly Correlation: null;
  readonly ParentTraceContext: null;
  readonly ScheduledStartTime: null;
  readonly Generation: number | null;
};
type ExecutionCompleted = EventOf<1> & {
  readonly OrchestrationStatus: string;
  readonly Result: string | null;
};
type ExecutionTerminated = EventOf<3> & { readonly Input: string };
type TaskScheduled = EventOf<4> & {
  readonly Name: string;
  readonly Version: string;
  readonly Input: null;
  readonly ParentTraceContext: null;
};
/** `Result` is JSON text, or null when the activity returned nothing. */
export type TaskCompleted = EventOf<5> & { readonly TaskScheduledId: number; readonly Result: string | null };
export type TaskFailed = EventOf<6> & FailedTask;
type SubOrchestrationInstanceCreated = EventOf<7> & {
  readonly Name: string;
  readonly Version: string;
  readonly InstanceId: string;
  readonly Input: null;
  readonly ClientSpanId: string;
};
type SubOrchestrationInstanceCompleted = EventOf<8> & {
  readonly TaskScheduledId: number;
  readonly Result: string | null;
};
export type SubOrchestrationInstanceFailed = EventOf<9> & FailedTask;
type TimerCreated = EventOf<10> & { readonly FireAt: Timestamp };
type TimerFired = EventOf<11> & { readonly TimerId: number; readonly FireAt: Timestamp };
type OrchestratorStarted = EventOf<12>;
type OrchestratorCompleted = EventOf<13>;
type EventSent = EventOf<14> & {
  readonly InstanceId: string;
  readonly Name: string;
  readonly Input: string;
};
type EventRaised = EventOf<15> & {
  readonly Name: string;
  /** JSON text. */
  readonly Input: string;
  readonly ParentTraceContext: null;
};
type GenericEvent = EventOf<17> & { readonly Data: string | null };
type ExecutionSuspended = EventOf<19> & { readonly Reason: string };
type ExecutionResumed = EventOf<20> & { readonly Reason: string };

interface FailedTask {
  readonly TaskScheduledId: number;
  readonly Reason: string;
  readonly Details: string;
  /** Newer extensions put the failure's type here. */
  readonly FailureDetails: null;
}

export type HistoryEvent =
  | ExecutionStarted
  | ExecutionCompleted
  | ExecutionTerminated
  | TaskScheduled
  | TaskCompleted
  | TaskFailed
  | SubOrchestrationInstanceCreated
  | SubOrchestrationInstanceCompleted
  | SubOrchestrationInstanceFailed
  | TimerCreated
  | TimerFired
  | OrchestratorStarted
  | OrchestratorCompleted
  | EventSent
  | EventRaised
  | GenericEvent
  | ExecutionSuspended
  | ExecutionResumed;

/** The members that every event has: those of an event that has just happened. */
export function justHappened<T extends number>(
  eventType: T,
  at: Timestamp,
  eventId: number = UNSEQUENCED,
): EventOf<T> {
  return { EventType: eventType, EventId: eventId, IsPlayed: false, Timestamp: at };
}
