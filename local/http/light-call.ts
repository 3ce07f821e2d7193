import { type EffectiveFunctionOptions } from '@azure/functions';
import { type Binding, type RegisteredFunction } from '../functions-core';
import { callWithHooks, hasInvocationHooks } from '../hooks';
import { type Log } from '../log';
import { userLog } from '../user-log';
import { toAnswer, type Answer } from './answer';
import { type HttpCall } from './http-call';
import { LightInvocationContext } from './light-context';
import { LightHttpRequest } from './light-request';

/** Binding types that the light way serves; a function with any other goes through the library. */
const lightTypes: ReadonlySet<string> = new Set(['httpTrigger', 'http', 'durableClient']);

/** True if nothing but the request, the answer and durable clients must be bound. */
export function canCallLight(fn: RegisteredFunction): boolean {
  return Object.values(fn.metadata.bindings).every((binding) => lightTypes.has(binding.type));
}

/** Calls the registered handler directly, with the host's own request and context objects. */
export function createLightCall(
  fn: RegisteredFunction,
  log: Log,
  durableClient: (() => string) | undefined,
): HttpCall {
  const options = effectiveOptions(fn);
  const clientNames = options.extraInputs.map(({ name }) => name);
  const shared = { name: fn.name, options, log: userLog(log, fn.name) };

  return async (message, values, body): Promise<Answer> => {
    const request = new LightHttpRequest(message, values, body);
    const context = new LightInvocationContext(shared);
    for (const name of clientNames) {
      const client: unknown = JSON.parse(durableClient?.() ?? 'null');
      context.extraInputs.set(name, client);
    }
    if (!hasInvocationHooks()) return toAnswer(await fn.handler(request, context));
    const call = (handler: RegisteredFunction['handler'], inputs: readonly unknown[]): unknown =>
      handler(inputs[0], context);
    return toAnswer(await callWithHooks(context, [request], fn.handler, call));
  };
}

function effectiveOptions({ metadata, triggerName, trigger }: RegisteredFunction): EffectiveFunctionOptions {
  const named = ([name, binding]: [string, Binding]): Binding & { name: string } => ({ ...binding, name });
  const bindings = Object.entries(metadata.bindings);
  return {
    trigger: { ...trigger, name: triggerName },
    extraInputs: bindings.filter(([, { type }]) => type === 'durableClient').map(named),
    extraOutputs: [],
    ...Object.fromEntries(
      bindings.filter(([name]) => name === '$return').map((entry) => ['return', named(entry)]),
    ),
  };
}
