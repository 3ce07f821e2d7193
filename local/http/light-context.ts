import { randomUUID } from 'node:crypto';
import {
  type EffectiveFunctionOptions,
  type InvocationContext,
  type InvocationContextExtraInputs,
  type InvocationContextExtraOutputs,
  type TriggerMetadata,
} from '@azure/functions';

/** What all invocations of one function share. */
export interface LightFunction {
  readonly name: string;
  readonly options: EffectiveFunctionOptions;
  readonly log: (level: string, ...args: unknown[]) => void;
}

/**
 * The public InvocationContext of an HTTP call. The library's own class keeps its private members in weak maps,
 * three entries a call, which costs a tenth of the throughput; here what a handler does not ask for is not made.
 */
export class LightInvocationContext implements InvocationContext {
  readonly functionName: string;
  readonly options: EffectiveFunctionOptions;
  /** The library leaves it out for HTTP functions. */
  readonly triggerMetadata?: TriggerMetadata;
  readonly #fn: LightFunction;
  #invocationId: string | undefined;
  #extraInputs: NamedValues | undefined;
  #extraOutputs: NamedValues | undefined;

  constructor(fn: LightFunction) {
    this.#fn = fn;
    this.functionName = fn.name;
    this.options = fn.options;
  }

  get invocationId(): string {
    this.#invocationId ??= randomUUID();
    return this.#invocationId;
  }

  get extraInputs(): InvocationContextExtraInputs {
    this.#extraInputs ??= new NamedValues();
    return this.#extraInputs;
  }

  get extraOutputs(): InvocationContextExtraOutputs {
    this.#extraOutputs ??= new NamedValues();
    return this.#extraOutputs;
  }

  log(...args: unknown[]): void {
    this.#fn.log('information', ...args);
  }

  trace(...args: unknown[]): void {
    this.#fn.log('trace', ...args);
  }

  debug(...args: unknown[]): void {
    this.#fn.log('debug', ...args);
  }

  info(...args: unknown[]): void {
    this.#fn.log('information', ...args);
  }

  warn(...args: unknown[]): void {
    this.#fn.log('warning', ...args);
  }

  error(...args: unknown[]): void {
    this.#fn.log('error', ...args);
  }
}

/** Values of bindings, by the binding or its name. */
class NamedValues implements InvocationContextExtraInputs, InvocationContextExtraOutputs {
  readonly #values = new Map<string, unknown>();

  get(bindingOrName: { readonly name: string } | string): unknown {
    return this.#values.get(nameOf(bindingOrName));
  }

  set(bindingOrName: { readonly name: string } | string, value: unknown): void {
    this.#values.set(nameOf(bindingOrName), value);
  }
}

function nameOf(bindingOrName: { readonly name: string } | string): string {
  return typeof bindingOrName === 'string' ? bindingOrName : bindingOrName.name;
}
