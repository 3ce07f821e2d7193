import { ServingError } from '../errors';

declare const brand: unique symbol;
/** A container name that Azure accepts and that cannot lead outside its account. */
export type ContainerName = string & { readonly [brand]: 'container' };
/** A blob path that Azure keeps as it is and that is safe to use as a file path too. */
export type BlobPath = string & { readonly [brand]: 'path' };

const MAX_PATH_CHARACTERS = 1_024;
const MAX_PATH_SEGMENTS = 254;
/** 3 to 63 lower-case letters, digits and single hyphens that stand between them. */
const CONTAINER = /^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$/;
/** A lone surrogate has no UTF-8, so it cannot be part of a URL. */
const LONE_SURROGATE = /\p{Surrogate}/u;
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** Throws ServingError `invalid-parameter` unless Azure Blob Storage accepts the container name. */
export function parseContainerName(name: string): ContainerName {
  if (!CONTAINER.test(name)) {
    throw new ServingError(
      'invalid-parameter',
      `Container ${quoted(name)}: expected 3 to 63 lower-case letters, digits and single hyphens`,
    );
  }
  return name as ContainerName;
}

/**
 * Throws ServingError `invalid-parameter` for a path that storage would change or that could lead elsewhere:
 * empty, over 1,024 characters or 254 segments, a leading or trailing `/`, an empty, `.` or `..` segment,
 * a backslash, a control character or half a surrogate pair.
 */
export function parseBlobPath(path: string): BlobPath {
  const problem = pathProblem(path);
  if (problem !== undefined)
    throw new ServingError('invalid-parameter', `Blob path ${quoted(path)}: ${problem}`);
  return path as BlobPath;
}

function pathProblem(path: string): string | undefined {
  if (path === '') return 'expected at least one character';
  if (path.length > MAX_PATH_CHARACTERS)
    return `expected at most ${MAX_PATH_CHARACTERS} characters, it has ${path.length}`;
  if (path.includes('\\')) return 'a backslash is not allowed';
  if (CONTROL.test(path)) return 'control characters are not allowed';
  if (LONE_SURROGATE.test(path)) return 'half a surrogate pair is not allowed';
  const segments = path.split('/');
  if (segments.length > MAX_PATH_SEGMENTS) return `expected at most ${MAX_PATH_SEGMENTS} segments`;
  if (segments.includes('')) return 'empty segments are not allowed';
  if (segments.some((segment) => segment === '.' || segment === '..'))
    return '"." and ".." segments are not allowed';
  return undefined;
}

function quoted(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
}
