/**
 * Stands in for `@azure/functions-core`, the module that the Functions worker injects: `@azure/functions`
 * and `durable-functions` register through it, so the local host and the tests run the very functions that
 * Azure runs. It must be installed before the first `require('@azure/functions')`, which caches the answer.
 * Source: azure-functions-nodejs-library, types-core/index.d.ts.
 */
import Module from 'node:module';

export interface Binding {
  readonly type: string;
  readonly direction: 'in' | 'out' | 'inout';
  readonly [option: string]: unknown;
}

export interface FunctionMetadata {
  readonly name: string;
  readonly functionId?: string;
  readonly bindings: Readonly<Record<string, Binding>>;
}

export interface RegisteredFunction {
  readonly name: string;
  readonly metadata: FunctionMetadata;
  /** Name of the trigger's binding, under which the invocation model expects the trigger's data. */
  readonly triggerName: string;
  readonly trigger: Binding;
  readonly handler: (input: unknown, context: unknown) => unknown;
}

export type HookCallback = (context: Record<string, unknown>) => unknown;

/** The part of the library's programming model that a host drives; see invocation.ts. */
export interface ProgrammingModel {
  getInvocationModel(core: unknown): unknown;
  getCapabilities?(capabilities: Record<string, string>): unknown;
}

/** Everything the app has registered, by function name. */
export const registeredFunctions = new Map<string, RegisteredFunction>();
/** Hook callbacks by hook name (`appStart`, `preInvocation`, …), in order of registration. */
export const registeredHooks = new Map<string, HookCallback[]>();

let programmingModel: ProgrammingModel | undefined;

export const version = '3.9.1';
export const hostVersion = '4.1037.0';

export class Disposable {
  readonly #release: () => unknown;

  constructor(release: () => unknown) {
    this.#release = release;
  }

  static from(...disposables: readonly { dispose(): unknown }[]): Disposable {
    return new Disposable(() => {
      for (const disposable of disposables) disposable.dispose();
    });
  }

  dispose(): unknown {
    return this.#release();
  }
}

export function registerFunction(
  metadata: FunctionMetadata,
  handler: RegisteredFunction['handler'],
): Disposable {
  const { name, bindings } = metadata;
  const entry = Object.entries(bindings).find(([, binding]) => binding.type.endsWith('Trigger'));
  if (!entry) throw new Error(`Function ${name} has no trigger`);
  if (registeredFunctions.has(name))
    throw new Error(`A function with id "${name}" has already been registered.`);
  const [triggerName, trigger] = entry;
  registeredFunctions.set(name, { name, metadata, triggerName, trigger, handler });
  return new Disposable(() => registeredFunctions.delete(name));
}

export function registerHook(hookName: string, callback: HookCallback): Disposable {
  const callbacks = registeredHooks.get(hookName) ?? [];
  callbacks.push(callback);
  registeredHooks.set(hookName, callbacks);
  return new Disposable(() => {
    const index = callbacks.indexOf(callback);
    if (index >= 0) callbacks.splice(index, 1);
  });
}

export function setProgrammingModel(model: ProgrammingModel): void {
  programmingModel = model;
}

export function getProgrammingModel(): ProgrammingModel {
  if (!programmingModel) throw new Error('No programming model: @azure/functions has not been loaded yet');
  return programmingModel;
}

export function log(): void {
  // The library logs through each invocation's own log callback; this system-level one has no reader here.
}

let isInstalled = false;

/**
 * Answers `require('@azure/functions-core')` with this module from now on; a second call does nothing.
 * Under jest, moduleNameMapper does the same.
 */
export function installFunctionsCore(core: unknown): void {
  if (isInstalled) return;
  isInstalled = true;
  const loader = Module as unknown as { _load(request: string, ...rest: unknown[]): unknown };
  const load = loader._load.bind(loader);
  loader._load = (request, ...rest) => (request === '@azure/functions-core' ? core : load(request, ...rest));
}
