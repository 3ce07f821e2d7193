import { type RegisteredFunction } from '../functions-core';
import { type InvokeFunction } from '../invocation';
import { type Log } from '../log';
import { type Environment } from '../storage-clients';

/** What every trigger is made of. */
export interface TriggerOptions {
  readonly fn: RegisteredFunction;
  readonly invoke: InvokeFunction;
  readonly environment: Environment;
  readonly log: Log;
}

/** Something that calls a function of its own accord. */
export interface Trigger {
  /** Nothing new begins after this; resolves when what runs has ended. */
  stop(): Promise<void>;
}

/** A text option of the trigger's binding; empty where it is absent. */
export function bindingText({ trigger }: RegisteredFunction, option: string): string {
  const value = trigger[option];
  return typeof value === 'string' ? value : '';
}
