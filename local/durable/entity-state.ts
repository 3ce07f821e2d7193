import { type Timestamp } from './timestamp';

/** One operation sent to an entity. */
export interface EntityOperation {
  readonly name: string;
  /** JSON text, null for none. */
  readonly input: string | null;
  readonly isSignal: boolean;
  /** Id of the request, under which a caller waits for the answer. */
  readonly requestId: string;
  /** Who waits for the answer; absent for a signal. */
  readonly caller?: { readonly instanceId: string; readonly executionId: string };
}

export interface EntityMessage {
  readonly to: string;
  readonly operation: EntityOperation;
}

export interface EntityState {
  /** `@name@key`. */
  readonly id: string;
  exists: boolean;
  /** JSON text, null for none. */
  state: string | null;
  lastOperationTime: Timestamp;
  /** Operations that have not run, in order of arrival. */
  queue: EntityOperation[];
}

export interface EntityId {
  readonly name: string;
  readonly key: string;
}

/** The instance id of an entity: `@name@key`, the name in lower case. */
export function entityInstanceId({ name, key }: EntityId): string {
  return `@${name.toLowerCase()}@${key}`;
}

/** Reads `@name@key`; throws for anything else. */
export function parseEntityId(instanceId: string): EntityId {
  const match = /^@([^@]+)@(.*)$/s.exec(instanceId);
  if (!match) throw new Error(`Expected an entity id "@name@key", received "${instanceId}"`);
  return { name: match[1] ?? '', key: match[2] ?? '' };
}
