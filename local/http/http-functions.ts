import { z } from 'zod';
import { type DurableHub } from '../durable-hub';
import { type RegisteredFunction } from '../functions-core';
import { type InvokeFunction } from '../invocation';
import { type Log } from '../log';
import { type HttpFunction } from './dispatch';
import { createLibraryCall } from './library-call';
import { canCallLight, createLightCall } from './light-call';
import { type Route } from './route-table';
import { parseRouteTemplate } from './route-template';

/** `light`: the host's own request over the socket; `library`: the real library's path, ten times slower. */
export type HttpMode = 'light' | 'library';

const trigger = z.object({
  route: z.string().optional(),
  methods: z.array(z.string()).default(['GET', 'POST']),
  authLevel: z.enum(['anonymous', 'function', 'admin']).default('anonymous'),
});

export interface HttpFunctionsOptions {
  readonly routePrefix: string;
  readonly mode: HttpMode;
  readonly invoke: InvokeFunction;
  /** Undefined: the app has no durable functions. */
  readonly hub: DurableHub | undefined;
  readonly log: Log;
}

/** An HTTP function's route as people write it, without leading slash. */
export function routeText(fn: RegisteredFunction, routePrefix: string): string {
  const { route } = trigger.parse(fn.trigger);
  const own = route === undefined || route === '' ? fn.name : route.replace(/^\/+/u, '');
  return routePrefix === '' ? own : `${routePrefix}/${own}`;
}

/** The methods that an HTTP function answers, in upper case. */
export function routeMethods(fn: RegisteredFunction): string[] {
  return trigger.parse(fn.trigger).methods.map((method) => method.toUpperCase());
}

/**
 * The routes of all HTTP functions. Those that begin with `admin` or `runtime` are left out with an error in
 * the log, as the real host refuses them. Throws an Error for a template that cannot be read.
 */
export function httpRoutes(
  functions: readonly RegisteredFunction[],
  options: HttpFunctionsOptions,
): Route<HttpFunction>[] {
  const { routePrefix, mode, invoke, hub, log } = options;
  return functions.flatMap((fn) => {
    const text = routeText(fn, routePrefix);
    if (/^(?:admin|runtime)/iu.test(text)) {
      log.error(`${fn.name}: route "${text}" is reserved (admin, runtime); the function is not served`);
      return [];
    }
    const isLight = mode === 'light' && canCallLight(fn);
    const call = isLight
      ? createLightCall(fn, log, hub && (() => hub.clientBinding()))
      : createLibraryCall((request) => invoke(fn.name, request));
    const { authLevel } = trigger.parse(fn.trigger);
    const target: HttpFunction = { name: fn.name, authLevel, call };
    return [{ name: fn.name, methods: routeMethods(fn), template: parseRouteTemplate(text), target }];
  });
}
