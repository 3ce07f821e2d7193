import type { HttpRequest } from '@azure/functions';

/** A value of the request's route; the route's template guarantees that it is there. */
export function routeValue(request: HttpRequest, name: string): string {
  const value = request.params[name];
  if (value === undefined) throw new Error(`The route has no {${name}}`);
  return value;
}
