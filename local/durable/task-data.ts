import { type InvocationAnswer, type InvocationRequest, type TypedData } from '../invocation';
import { type TaskFailure } from './orchestration-instance';
import { entityInstanceId, type EntityState, parseEntityId } from './entity-state';

/**
 * What an activity function is invoked with. The extension hands a value over as .NET writes it: JSON text for
 * objects and arrays, `True`/`False` for booleans, a string as it is; null and nothing arrive as nothing.
 */
export function activityRequest(instanceId: string, input: unknown): InvocationRequest {
  const data = activityData(input);
  const json = input === undefined || input === null ? {} : { data: { json: JSON.stringify(input) } };
  return { data, triggerMetadata: { instanceId: { string: instanceId }, ...json } };
}

function activityData(input: unknown): TypedData {
  if (input === undefined || input === null) return {};
  if (typeof input === 'string') return { string: input };
  if (typeof input === 'boolean') return { string: input ? 'True' : 'False' };
  return { string: JSON.stringify(input) };
}

/** The JSON text of what a function returned; null for nothing. Bytes become base64, as .NET writes them. */
export function resultText({ returnValue }: InvocationAnswer): string | null {
  if (!returnValue) return null;
  if (returnValue.json !== undefined) return returnValue.json === 'null' ? null : returnValue.json;
  const { string, int, double, bytes } = returnValue;
  if (bytes !== undefined) return JSON.stringify(Buffer.from(bytes).toString('base64'));
  const value = string ?? int ?? double;
  return value === undefined ? null : JSON.stringify(value);
}

/** How the extension reports what an activity threw: a sentence, and a serialized .NET exception. */
export function activityFailure(name: string, thrown: unknown): TaskFailure {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const stack = thrown instanceof Error && thrown.stack !== undefined ? thrown.stack : '';
  const Reason = `Activity function '${name}' failed:  ${message}`;
  return { Reason, Details: exceptionDetails(message, stack), FailureDetails: null };
}

function exceptionDetails(message: string, stack: string): string {
  return JSON.stringify({
    $type: 'System.Exception, System.Private.CoreLib',
    ClassName: 'System.Exception',
    Message: ` ${message}`,
    Data: null,
    InnerException: {
      $type: 'Microsoft.Azure.WebJobs.Script.Workers.Rpc.RpcException, Microsoft.Azure.WebJobs.Script',
      IsUserException: false,
      RemoteStackTrace: stack,
      RemoteMessage: message,
      RemoteTypeName: null,
      Message: `Result: Failure\nException: ${message}\nStack: ${stack}`,
    },
  });
}

/** What an entity function is invoked with: its state and every operation that waits. */
export function entityRequest(entity: EntityState): InvocationRequest {
  const self = parseEntityId(entity.id);
  const batch = entity.queue.map(({ name, input, isSignal }) => ({ name, input, isSignal }));
  const text = JSON.stringify({ self, exists: entity.exists, state: entity.state, batch }, null, 2);
  const exists = entity.exists ? 'True' : 'False';
  return {
    data: { string: text },
    triggerMetadata: { self: { json: JSON.stringify(self) }, exists: { string: exists } },
  };
}

/** What an entity function answers for its batch. */
export interface EntityAnswer {
  readonly results: readonly { readonly isError: boolean; readonly result?: string }[];
  readonly signals: readonly { readonly to: string; readonly name: string; readonly input: string | null }[];
  readonly entityExists: boolean;
  readonly entityState: string | null;
}

interface EntityDocument {
  readonly results: EntityAnswer['results'];
  readonly signals: readonly {
    readonly target: { readonly name: string; readonly key: string };
    readonly name: string;
    readonly input?: string;
  }[];
  readonly entityExists?: boolean;
  readonly entityState?: string;
}

/** Reads an entity function's answer; throws where it is not the SDK's document. */
export function parseEntityAnswer(answer: InvocationAnswer): EntityAnswer {
  const document = JSON.parse(
    answer.returnValue?.json ?? answer.returnValue?.string ?? 'null',
  ) as EntityDocument | null;
  if (!document || !Array.isArray(document.results)) {
    throw new Error("The entity returned no results; expected the SDK's answer as JSON");
  }
  const signals = document.signals.map(({ target, name, input }) => ({
    to: entityInstanceId(target),
    name,
    input: input === undefined || input === '' ? null : input,
  }));
  const { results, entityExists, entityState } = document;
  return { results, signals, entityExists: entityExists === true, entityState: entityState ?? null };
}
