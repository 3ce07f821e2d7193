import { type IncomingMessage } from 'node:http';
import { decodePath } from './route-table';

/** What a request asks for. */
export interface RequestTarget {
  /** Decoded, with its leading slash, without dot segments. */
  readonly path: string;
  /** The query string with its question mark, or empty. */
  readonly search: string;
}

/** Reads target and host (RFC 9112, 3.2); undefined where either is malformed. */
export function readTarget({ url = '/', headers }: IncomingMessage): RequestTarget | undefined {
  if (headers.host !== undefined && !/^[\w.:[\]-]*$/u.test(headers.host)) return undefined;
  let target = url;
  if (!url.startsWith('/') || url.includes('/.')) {
    const base = 'http://localhost';
    const text = url.startsWith('/') ? `${base}${url}` : url;
    if (!URL.canParse(text)) return undefined;
    const { pathname, search } = new URL(text);
    target = `${pathname}${search}`;
  }
  const question = target.indexOf('?');
  const path = decodePath(question < 0 ? target : target.slice(0, question));
  return path === undefined ? undefined : { path, search: question < 0 ? '' : target.slice(question) };
}
