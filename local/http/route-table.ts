import { type RouteTemplate, type RouteValues } from './route-template';

/** One function's route: its template and the methods (upper case) that it answers. */
export interface Route<T> {
  readonly name: string;
  readonly methods: readonly string[];
  readonly template: RouteTemplate;
  readonly target: T;
}

export interface RouteMatch<T> {
  readonly target: T;
  readonly values: RouteValues;
}

/** Routes of one method: by literal first segment (those without one are in every list), and the rest. */
interface MethodRoutes<T> {
  readonly byFirst: Map<string, Route<T>[]>;
  readonly others: Route<T>[];
}

/**
 * Finds the function of a request as the Functions host does: of all templates that match path and method,
 * the function whose name sorts first wins; a wrong method is no match. Measured on host 4.1037.
 */
export class RouteTable<T> {
  readonly #byMethod = new Map<string, MethodRoutes<T>>();

  constructor(routes: readonly Route<T>[]) {
    const sorted = routes.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    for (const method of new Set(sorted.flatMap((route) => route.methods))) {
      const own = sorted.filter((route) => route.methods.includes(method));
      const isOther = (route: Route<T>): boolean => route.template.firstLiteral === undefined;
      const byFirst = new Map<string, Route<T>[]>();
      for (const { template } of own) {
        const first = template.firstLiteral;
        if (first === undefined) continue;
        byFirst.set(
          first,
          own.filter((route) => isOther(route) || route.template.firstLiteral === first),
        );
      }
      this.#byMethod.set(method, { byFirst, others: own.filter(isOther) });
    }
  }

  /** `path` is decoded (see decodePath) and begins with a slash. */
  find(method: string, path: string): RouteMatch<T> | undefined {
    const routes = this.#byMethod.get(method);
    if (!routes) return undefined;
    const end = path.indexOf('/', 1);
    const first = path.slice(1, end < 0 ? undefined : end).toLowerCase();
    for (const { template, target } of routes.byFirst.get(first) ?? routes.others) {
      const values = template.match(path);
      if (values) return { target, values };
    }
    return undefined;
  }
}

/**
 * Decodes percent escapes of a path; `%2F` stays as it is, so that an escaped slash never separates segments.
 * Undefined where an escape is malformed or names a NUL.
 */
export function decodePath(path: string): string | undefined {
  if (!path.includes('%')) return path;
  try {
    const decoded = decodeURIComponent(path.replaceAll(/%2f/gi, (escape) => `%25${escape.slice(1)}`));
    return decoded.includes('\0') ? undefined : decoded;
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
