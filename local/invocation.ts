import { randomUUID } from 'node:crypto';
import { getProgrammingModel, registeredFunctions, type RegisteredFunction } from './functions-core';
import { callWithHooks } from './hooks';

/** One value of the worker protocol; exactly one member is set. */
export interface TypedData {
  readonly string?: string;
  readonly json?: string;
  readonly bytes?: Uint8Array;
  readonly int?: number;
  readonly double?: number;
  readonly http?: unknown;
  /** A reference to a resource in place of its bytes (deferred binding, `sdkBinding: true`). */
  readonly modelBindingData?: {
    readonly version: string;
    readonly source: string;
    readonly contentType: string;
    readonly content: Uint8Array;
  };
}

export interface InvocationRequest {
  /** The trigger's data as the Functions host would send it. */
  readonly data: TypedData;
  readonly triggerMetadata?: Readonly<Record<string, TypedData>>;
  /** Data for further input bindings, by binding name; for example the durable client's. */
  readonly extraInputs?: Readonly<Record<string, TypedData>>;
  readonly log?: (level: string, message: string) => void;
}

export interface InvocationAnswer {
  readonly returnValue?: TypedData | null;
  readonly outputData?: readonly { readonly name: string; readonly data: TypedData }[];
}

interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
  invokeFunction(
    context: unknown,
    inputs: readonly unknown[],
    handler: RegisteredFunction['handler'],
  ): Promise<unknown>;
  getResponse(context: unknown, result: unknown): Promise<InvocationAnswer>;
}

/** How the local host calls a registered function: through the real library's own invocation model. */
export type InvokeFunction = (functionName: string, request: InvocationRequest) => Promise<InvocationAnswer>;

/**
 * Invokes a registered function exactly as the Functions worker does: data in, arguments, handler, data out.
 * Rejects with whatever the handler threw.
 */
export const invokeFunction: InvokeFunction = async (functionName, request) => {
  const fn = registeredFunctions.get(functionName);
  if (!fn) throw new Error(`No function named ${functionName}`);
  const invocationId = randomUUID();
  const inputData = [
    { name: fn.triggerName, data: request.data },
    ...Object.entries(request.extraInputs ?? {}).map(([name, data]) => ({ name, data })),
  ];
  const model = getProgrammingModel().getInvocationModel({
    invocationId,
    metadata: fn.metadata,
    request: { invocationId, functionId: fn.name, inputData, triggerMetadata: request.triggerMetadata ?? {} },
    log: (level: string, _category: string, ...parts: unknown[]) => request.log?.(level, parts.join(' ')),
  }) as InvocationModel;
  const { context, inputs } = await model.getArguments();
  const result = await callWithHooks(context, inputs, fn.handler, (handler, values) =>
    model.invokeFunction(context, values, handler),
  );
  return model.getResponse(context, result);
};
