import { type DurableHub } from './durable-hub';
import { registeredFunctions, type RegisteredFunction } from './functions-core';
import { type InvocationRequest, type InvokeFunction, invokeFunction } from './invocation';
import { type Log } from './log';
import { writeOutputs } from './output-bindings';
import { type Environment } from './storage-clients';
import { userLog } from './user-log';

/**
 * Invokes functions with what a host adds to a trigger's data: durable clients in, the function's log lines and
 * its blob and queue outputs out. `hub` is asked for at each call, since the hub itself invokes through this.
 */
export function hostInvoke(
  hub: () => DurableHub | undefined,
  environment: Environment,
  log: Log,
): InvokeFunction {
  return async (name, request) => {
    const fn = registeredFunctions.get(name);
    if (!fn) throw new Error(`No function named ${name}`);
    const write = userLog(log, name);
    const answer = await invokeFunction(name, {
      log: (level, message) => {
        write(level, message);
      },
      ...request,
      extraInputs: { ...durableClients(fn, hub()), ...request.extraInputs },
    });
    await writeOutputs(fn, request, answer, environment);
    return answer;
  };
}

function durableClients(
  { metadata }: RegisteredFunction,
  hub: DurableHub | undefined,
): NonNullable<InvocationRequest['extraInputs']> {
  const names = Object.entries(metadata.bindings).flatMap(([name, { type }]) =>
    type === 'durableClient' ? [name] : [],
  );
  if (names.length === 0 || !hub) return {};
  const data = { string: hub.clientBinding() };
  return Object.fromEntries(names.map((name) => [name, data]));
}
