import { format, types } from 'node:util';
import { registeredHooks, type RegisteredFunction } from './functions-core';

type Handler = RegisteredFunction['handler'];

/** What the library's hook contexts read and write (types/hooks of @azure/functions). */
interface InvocationHookContext extends Record<string, unknown> {
  inputs: unknown[];
  functionCallback: Handler;
}

/** Runs the app's hooks of one name, in order of registration, each awaited. Rejects with what a hook throws. */
export async function runHooks(hookName: string, context: Record<string, unknown>): Promise<void> {
  for (const hook of registeredHooks.get(hookName) ?? []) await hook(context);
}

/** True if the app registered a hook that an invocation must run. */
export function hasInvocationHooks(): boolean {
  return (
    (registeredHooks.get('preInvocation')?.length ?? 0) > 0 ||
    (registeredHooks.get('postInvocation')?.length ?? 0) > 0
  );
}

/**
 * Calls a handler between the app's preInvocation and postInvocation hooks, in the order of the Node worker
 * (azure-functions-nodejs-worker, InvocationHandler.ts): the first may replace inputs and handler, the last
 * result or error.
 */
export async function callWithHooks(
  invocationContext: unknown,
  inputs: unknown[],
  handler: Handler,
  call: (handler: Handler, inputs: readonly unknown[]) => unknown,
): Promise<unknown> {
  if (!hasInvocationHooks()) return call(handler, inputs);
  const hookData = {};
  const before: InvocationHookContext = { hookData, invocationContext, inputs, functionCallback: handler };
  await runHooks('preInvocation', before);

  const after: Record<string, unknown> & { error?: unknown } = {
    hookData,
    invocationContext,
    inputs: before.inputs,
  };
  try {
    after['result'] = await call(before.functionCallback, before.inputs);
  } catch (thrown) {
    after.error = thrown;
  }
  await runHooks('postInvocation', after);
  const { error } = after;
  if (error === undefined || error === null) return after['result'];
  throw types.isNativeError(error) ? error : new Error(`The function threw ${format(error)}`);
}
