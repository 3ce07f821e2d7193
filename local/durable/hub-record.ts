import { type EntityMessage, type EntityState } from './entity-state';
import { type HistoryEvent, type ParentInstance } from './history-event';
import { type FailedCall, type OpenTask, type OrchestrationInstance } from './orchestration-instance';
import { type RuntimeStatus } from './orchestration-instance';
import { type Timestamp } from './timestamp';

/** A request to start an instance. */
export interface InstanceStart {
  readonly instanceId: string;
  readonly executionId: string;
  readonly name: string;
  /** JSON text, null for none. */
  readonly input: string | null;
  readonly parent: ParentInstance | null;
  readonly at: Timestamp;
}

/** Something that has arrived for an instance. */
export interface InstanceMessage {
  readonly to: string;
  /** Only this run may take it; absent for what any run takes (external events, terminate, …). */
  readonly executionId?: string;
  readonly event: HistoryEvent;
}

/** All that one orchestrator turn has done; it happens as a whole or not at all. */
export interface TurnRecord {
  readonly kind: 'turn';
  readonly instanceId: string;
  readonly executionId: string;
  /** The messages of the inbox that the turn has taken: `count` of them, from index `from` on. */
  readonly taken: { readonly from: number; readonly count: number };
  /** The turn's own events, from OrchestratorStarted to OrchestratorCompleted, as they stand afterwards. */
  readonly events: readonly HistoryEvent[];
  readonly at: Timestamp;
  readonly nextEventId: number;
  readonly actionCount: number;
  readonly entityMessageCount: number;
  readonly entityMessageTimes: Readonly<Record<string, Timestamp>>;
  readonly closed: readonly number[];
  readonly opened: readonly OpenTask[];
  readonly failed: readonly FailedCall[];
  readonly status: RuntimeStatus;
  /** Absent: as it was. */
  readonly customStatus?: unknown;
  readonly output: unknown;
  readonly starts: readonly InstanceStart[];
  readonly operations: readonly EntityMessage[];
  /** What the parent gets when the instance has finished. */
  readonly completion?: InstanceMessage;
  /** continueAsNew: the run that follows. */
  readonly next?: {
    readonly executionId: string;
    readonly input: string | null;
    readonly prelude: readonly HistoryEvent[];
  };
}

/** What one invocation of an entity has done. */
export interface EntityBatchRecord {
  readonly kind: 'batch';
  readonly id: string;
  readonly consumed: number;
  readonly exists: boolean;
  readonly state: string | null;
  readonly at: Timestamp;
  readonly responses: readonly InstanceMessage[];
  readonly operations: readonly EntityMessage[];
}

/** An instance as a snapshot keeps it: the map of open tasks as a list. */
export type InstanceSnapshot = Omit<OrchestrationInstance, 'openTasks'> & {
  readonly openTasks: readonly OpenTask[];
};

/** One line of the journal. The state of a task hub is what its records, applied in order, give. */
export type HubRecord =
  | { readonly kind: 'start'; readonly start: InstanceStart }
  | { readonly kind: 'message'; readonly message: InstanceMessage }
  | TurnRecord
  | { readonly kind: 'operation'; readonly message: EntityMessage; readonly at: Timestamp }
  | EntityBatchRecord
  | { readonly kind: 'rewind'; readonly instanceId: string; readonly reason: string; readonly at: Timestamp }
  | { readonly kind: 'purge'; readonly instanceIds: readonly string[] }
  | { readonly kind: 'instance'; readonly instance: InstanceSnapshot }
  | { readonly kind: 'entity'; readonly entity: EntityState };

const KINDS: ReadonlySet<unknown> = new Set<HubRecord['kind']>([
  'start',
  'message',
  'turn',
  'operation',
  'batch',
  'rewind',
  'purge',
  'instance',
  'entity',
]);

/** Reads a line that this hub wrote; throws where it is torn or not one of its records. */
export function parseRecord(line: string): HubRecord {
  const value: unknown = JSON.parse(line);
  if (typeof value === 'object' && value !== null && 'kind' in value && KINDS.has(value.kind)) {
    return value as HubRecord;
  }
  throw new Error('Expected a record of a task hub');
}
