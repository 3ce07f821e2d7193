import { parseConstraint, type Constraint } from './route-constraint';

/** Route values by parameter name; an absent optional parameter has no entry. */
export type RouteValues = Record<string, string>;

interface Parameter {
  readonly name: string;
  readonly isOptional: boolean;
  readonly isCatchAll: boolean;
  readonly fallback: string | undefined;
  readonly constraints: readonly Constraint[];
}

type Part = { readonly literal: string } | { readonly parameter: Parameter };

/** A compiled ASP.NET route template: literals, `{a}`, `{a?}`, `{a=x}`, `{a:int}`, `{*rest}`, `{a}:verb`. */
export interface RouteTemplate {
  /** The first segment in lower case where it is a plain literal, for indexing. */
  readonly firstLiteral: string | undefined;
  /** Values of a decoded path (with its leading slash), or undefined where it does not match. */
  match(path: string): RouteValues | undefined;
}

/** Compiles a route template without leading slash; throws an Error that names what is wrong with it. */
export function parseRouteTemplate(template: string): RouteTemplate {
  const segments = splitSegments(template).map((segment) => parseSegment(segment, template));
  const parameters = segments.flat().flatMap((part) => ('parameter' in part ? [part.parameter] : []));
  const pattern = new RegExp(`^${segments.map(segmentPattern).join('')}/?$`, 'iu');
  const [first] = segments;
  const firstLiteral =
    first?.length === 1 && first[0] !== undefined && 'literal' in first[0]
      ? first[0].literal.toLowerCase()
      : undefined;

  return {
    firstLiteral,
    match(path) {
      const groups = pattern.exec(path);
      if (!groups) return undefined;
      const values: RouteValues = {};
      for (const [index, { name, fallback, constraints }] of parameters.entries()) {
        const value = groups[index + 1] ?? fallback;
        if (value === undefined || value === '') continue;
        if (!constraints.every((holds) => holds(value))) return undefined;
        values[name] = value;
      }
      return values;
    },
  };
}

function segmentPattern(parts: readonly Part[]): string {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined && 'parameter' in only) {
    const { isCatchAll, isOptional, fallback } = only.parameter;
    if (isCatchAll) return '(?:/(.*))?';
    return isOptional || fallback !== undefined ? '(?:/([^/]+))?' : '/([^/]+)';
  }
  return `/${parts.map((part) => ('literal' in part ? escapePattern(part.literal) : '([^/]+)')).join('')}`;
}

function escapePattern(literal: string): string {
  return literal.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/** Splits at slashes outside of braces; a constraint's regular expression may hold slashes. */
function splitSegments(template: string): string[] {
  const segments: string[] = [];
  let segment = '';
  let depth = 0;
  for (const character of template) {
    if (character === '{') depth++;
    if (character === '}') depth--;
    if (character === '/' && depth === 0) {
      segments.push(segment);
      segment = '';
    } else segment += character;
  }
  return [...segments, segment].filter((text) => text !== '');
}

function parseSegment(segment: string, template: string): Part[] {
  const parts: Part[] = [];
  let position = 0;
  while (position < segment.length) {
    const open = findParameter(segment, position);
    const literal = segment.slice(position, open).replaceAll('{{', '{').replaceAll('}}', '}');
    if (literal !== '') parts.push({ literal });
    if (open === segment.length) break;
    const close = findClose(segment, open);
    if (close < 0) throw new Error(`Route "${template}": "${segment.slice(open)}" has no closing brace`);
    parts.push({ parameter: parseParameter(segment.slice(open + 1, close), template) });
    position = close + 1;
  }
  if (parts.length > 1 && parts.some((part) => 'parameter' in part && part.parameter.isCatchAll))
    throw new Error(`Route "${template}": a catch-all parameter must be a segment of its own`);
  return parts;
}

/** Index of the next `{` that is not doubled, or the end. */
function findParameter(segment: string, from: number): number {
  for (let index = from; index < segment.length; index++) {
    if (segment[index] !== '{') continue;
    if (segment[index + 1] !== '{') return index;
    index++;
  }
  return segment.length;
}

/** Index of the `}` that closes the parameter opened at `open`; doubled braces stand for themselves. */
function findClose(segment: string, open: number): number {
  for (let index = open + 1; index < segment.length; index++) {
    if (segment[index] !== '}') continue;
    if (segment[index + 1] !== '}') return index;
    index++;
  }
  return -1;
}

function parseParameter(text: string, template: string): Parameter {
  const stars = /^\*{1,2}/.exec(text)?.[0] ?? '';
  const isOptional = text.endsWith('?');
  const body = text.slice(stars.length, isOptional ? -1 : undefined);
  const [, name = '', constraintText = '', fallback] = /^([^:=]*)((?::[^=]*)?)(?:=(.*))?$/u.exec(body) ?? [];
  if (!/^\w+$/u.test(name)) throw new Error(`Route "${template}": "{${text}}" has no parameter name`);
  const constraints = splitConstraints(constraintText).map((constraint) =>
    parseConstraint(constraint, template),
  );
  return { name, isOptional, isCatchAll: stars !== '', fallback, constraints };
}

/** `:int:min(1)` → `['int', 'min(1)']`; colons inside parentheses belong to the argument. */
function splitConstraints(text: string): string[] {
  return text.match(/[^:(]+(?:\(.*?\)(?=:|$))?/gsu) ?? [];
}
