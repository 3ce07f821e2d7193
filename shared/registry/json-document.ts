import type { z } from 'zod';
import { ServingError, type Violation } from '../errors';

const MAX_RECEIVED_CHARACTERS = 80;

/**
 * Parses a JSON document from storage. Throws ServingError `invalid-document` that names the document and lists
 * every problem with its JSON pointer (RFC 6901), unknown keys among them.
 */
export function parseJsonDocument<S extends z.ZodType>(
  schema: S,
  document: string,
  bytes: Uint8Array,
): z.output<S> {
  const parsed = schema.safeParse(parseJson(document, bytes), { reportInput: true });
  return parsed.success ? parsed.data : throwInvalidDocument(document, violationsOf(parsed.error));
}

/** Throws ServingError `invalid-document` that lists the violations, the first of them in its text. */
export function throwInvalidDocument(document: string, violations: readonly Violation[]): never {
  const [first] = violations;
  const detail = first === undefined ? '' : `, first at ${first.pointer || '/'}: ${first.expected}`;
  throw new ServingError('invalid-document', `${document} has ${violations.length} problem(s)${detail}`, {
    violations,
  });
}

function parseJson(document: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()) as unknown;
  } catch (cause) {
    throw new ServingError('invalid-document', `${document} is not JSON`, { cause });
  }
}

function violationsOf(error: z.ZodError): Violation[] {
  return error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') {
      return [{ pointer: pointerOf(issue.path), expected: issue.message, received: received(issue.input) }];
    }
    return issue.keys.map((key) => ({
      pointer: pointerOf([...issue.path, key]),
      expected: 'no such key',
      received: received(key),
    }));
  });
}

function received(input: unknown): string {
  const text = input === undefined ? 'nothing' : JSON.stringify(input);
  return text.length > MAX_RECEIVED_CHARACTERS ? `${text.slice(0, MAX_RECEIVED_CHARACTERS)}…` : text;
}

function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
