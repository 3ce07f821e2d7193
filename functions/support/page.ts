import { createHash } from 'node:crypto';
import type { HttpRequest } from '@azure/functions';
import { ServingError } from '../../shared/errors';
import { type HttpReply, json } from './http-handler';

const DEFAULT_LIMIT = 100;
const MOST_LIMIT = 1_000;

interface Named {
  readonly name: string;
  readonly description?: string;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * One page of a list: `?tag=k:v` (several, or joined by commas: all must hold), `q` (text in name, description or tags),
 * `limit` (1-1,000, default 100), `after` (the last name of the page before). Items must come in order of name.
 * `nextLink` is there where more follow. Throws `invalid-parameter`.
 */
export function pageOf<T extends Named>(
  request: HttpRequest,
  items: readonly T[],
): { readonly value: readonly T[]; readonly nextLink?: string } {
  const { query } = request;
  const limit = parseLimit(query.get('limit'));
  const tags = query
    .getAll('tag')
    .flatMap((text) => text.split(','))
    .map(parseTag);
  const words = query.get('q')?.toLowerCase() ?? '';
  const after = query.get('after') ?? '';
  const found = items.filter(
    (item) =>
      item.name > after && tags.every(([tag, value]) => item.tags[tag] === value) && holds(item, words),
  );
  const value = found.slice(0, limit);
  const last = value.at(-1);
  if (!last || found.length === value.length) return { value };
  const next = new URL(request.url);
  next.searchParams.set('after', last.name);
  return { value, nextLink: next.href };
}

/** JSON with an ETag of its content; 304 where the caller has that already. */
export function cacheable(request: HttpRequest, value: unknown): HttpReply {
  const reply = json(value);
  const etag = `"${createHash('sha256').update(String(reply.body)).digest('base64url').slice(0, 27)}"`;
  const known = request.headers.get('if-none-match')?.split(',') ?? [];
  const isKnown = known.some((tag) => tag.trim().replace(/^W\//, '') === etag);
  return isKnown ? { status: 304, headers: { etag } } : { ...reply, headers: { ...reply.headers, etag } };
}

function holds({ name, description = '', tags }: Named, words: string): boolean {
  if (words === '') return true;
  return [name, description, ...Object.entries(tags).flat()].some((text) =>
    text.toLowerCase().includes(words),
  );
}

function parseLimit(text: string | null): number {
  if (text === null) return DEFAULT_LIMIT;
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MOST_LIMIT) return limit;
  throw invalid('limit', `a whole number from 1 to ${MOST_LIMIT}`, text);
}

function parseTag(text: string): readonly [tag: string, value: string] {
  const colon = text.indexOf(':');
  if (colon < 1) throw invalid('tag', 'a tag and its value, as in tag=team:pricing', text);
  return [text.slice(0, colon), text.slice(colon + 1)];
}

function invalid(parameter: string, expected: string, received: string): ServingError {
  const detail = `The query parameter "${parameter}" is not valid: expected ${expected}, received "${received}"`;
  const violations = [{ pointer: `?${parameter}`, expected, received }];
  return new ServingError('invalid-parameter', detail, { violations });
}
