import { type OrchestrationInstance } from './orchestration-instance';
import { millisecondsOf } from './timestamp';

/** Which instances to list; every member narrows the choice. */
export interface InstanceQuery {
  /** Names of runtime statuses. */
  readonly runtimeStatus?: readonly string[];
  /** Both inclusive. */
  readonly createdTimeFrom?: Date;
  readonly createdTimeTo?: Date;
  readonly instanceIdPrefix?: string;
  /** At most so many; the rest comes with the continuation token. */
  readonly top?: number;
  readonly continuationToken?: string;
}

export interface InstancePage {
  /** Ordered by instance id. */
  readonly instances: readonly OrchestrationInstance[];
  /** Present when there are more. */
  readonly continuationToken?: string;
}

/** Lists the matching instances, page by page. */
export function queryInstances(all: Iterable<OrchestrationInstance>, query: InstanceQuery): InstancePage {
  const after = query.continuationToken === undefined ? '' : decodeToken(query.continuationToken);
  const matching = [...all]
    .filter((instance) => instance.instanceId > after && matches(instance, query))
    .sort((a, b) => (a.instanceId < b.instanceId ? -1 : 1));
  const instances = query.top === undefined ? matching : matching.slice(0, query.top);
  const last = instances.at(-1);
  if (!last || instances.length === matching.length) return { instances };
  return { instances, continuationToken: Buffer.from(last.instanceId).toString('base64url') };
}

function matches(instance: OrchestrationInstance, query: InstanceQuery): boolean {
  const created = millisecondsOf(instance.createdTime);
  return (
    (!query.runtimeStatus?.length || query.runtimeStatus.includes(instance.status)) &&
    (!query.createdTimeFrom || created >= query.createdTimeFrom.getTime()) &&
    (!query.createdTimeTo || created <= query.createdTimeTo.getTime()) &&
    instance.instanceId.startsWith(query.instanceIdPrefix ?? '')
  );
}

function decodeToken(token: string): string {
  return Buffer.from(token, 'base64url').toString();
}
