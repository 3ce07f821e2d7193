import { type InvokeFunction } from '../invocation';
import { parseEntityId, type EntityOperation, type EntityState } from './entity-state';
import { EventType, justHappened } from './history-event';
import { type HubFunction } from './hub-function';
import { type HubRecord, type InstanceMessage } from './hub-record';
import { type HubState } from './hub-state';
import { entityRequest, parseEntityAnswer, type EntityAnswer } from './task-data';
import { type Timestamp, type TimestampSource } from './timestamp';
import { WorkQueue } from './work-queue';

export interface EntityRunnerOptions {
  readonly state: HubState;
  readonly invoke: InvokeFunction;
  readonly functions: () => readonly HubFunction[];
  readonly maxConcurrentOrchestrators: number;
  readonly timestamps: TimestampSource;
  readonly commit: (record: HubRecord) => void;
  readonly log: (level: string, message: string) => void;
}

const EXTENSION = 'Microsoft.Azure.WebJobs.Extensions.DurableTask';

/** Runs the operations of entities: one batch at a time for each, all that wait in one batch. */
export class EntityRunner {
  readonly #options: EntityRunnerOptions;
  readonly #batches: WorkQueue;
  readonly #busy = new Set<string>();

  constructor(options: EntityRunnerOptions) {
    this.#options = options;
    this.#batches = new WorkQueue(options.maxConcurrentOrchestrators);
  }

  wake(id: string): void {
    if (this.#busy.has(id) || !this.#options.state.entities.get(id)?.queue.length) return;
    this.#busy.add(id);
    this.#batches.add(() => this.#runBatch(id));
  }

  stop(): Promise<void> {
    return this.#batches.stop();
  }

  async #runBatch(id: string): Promise<void> {
    const entity = this.#options.state.entities.get(id);
    try {
      if (entity) await this.#run(entity);
    } finally {
      this.#busy.delete(id);
      this.wake(id);
    }
  }

  async #run(entity: EntityState): Promise<void> {
    const batch = [...entity.queue];
    const answer = await this.#ask(entity, batch.length);
    const at = this.#options.timestamps.next();
    const responses = batch.flatMap((operation, index) =>
      responseTo(entity.id, operation, answer.results[index], at),
    );
    const operations = answer.signals.map(({ to, name, input }, index) => ({
      to,
      operation: { name, input, isSignal: true, requestId: `${entity.id}:${at}:${index}` },
    }));
    const { entityExists: exists, entityState: state } = answer;
    this.#options.commit({
      kind: 'batch',
      id: entity.id,
      consumed: batch.length,
      exists,
      state,
      at,
      responses,
      operations,
    });
  }

  /** An entity that cannot be run at all fails every operation and stays as it was. */
  async #ask(entity: EntityState, size: number): Promise<EntityAnswer> {
    const { invoke, functions, log } = this.#options;
    try {
      const { name } = parseEntityId(entity.id);
      const entities = functions().filter(({ triggerType }) => triggerType === 'entityTrigger');
      const known = entities.find((candidate) => candidate.name.toLowerCase() === name);
      if (!known) throw new Error(`The entity function '${name}' doesn't exist`);
      return parseEntityAnswer(await invoke(known.name, { ...entityRequest(entity), log }));
    } catch (error) {
      const result = error instanceof Error ? error.message : String(error);
      log('error', `Operations of entity ${entity.id} failed: ${result}`);
      const results = Array.from({ length: size }, () => ({ isError: true, result }));
      return { results, signals: [], entityExists: entity.exists, entityState: entity.state };
    }
  }
}

/** The answer to a caller arrives as an external event under the id of its request. */
function responseTo(
  entityId: string,
  operation: EntityOperation,
  result: EntityAnswer['results'][number] | undefined,
  at: Timestamp,
): InstanceMessage[] {
  if (!operation.caller) return [];
  const { instanceId: to, executionId } = operation.caller;
  const response = {
    $type: `${EXTENSION}.ResponseMessage, ${EXTENSION}`,
    result: result?.isError
      ? JSON.stringify(operationError(entityId, operation, result))
      : (result?.result ?? null),
    ...(result?.isError && { exceptionType: `${EXTENSION}.OperationErrorException, ${EXTENSION}` }),
  };
  const raised = justHappened(EventType.EventRaised, at);
  const event = {
    ...raised,
    Name: operation.requestId,
    Input: JSON.stringify(response),
    ParentTraceContext: null,
  };
  return [{ to, executionId, event }];
}

function operationError(
  entityId: string,
  { name }: EntityOperation,
  { result }: { readonly result?: string },
): string {
  return `Operation '${name}' of entity '${entityId}' failed: ${result ?? ''}`;
}
