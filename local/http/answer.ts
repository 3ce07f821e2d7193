import { type ReadableStream } from 'node:stream/web';
import { types } from 'node:util';
import { type Cookie, HttpResponse, type HttpResponseInit } from '@azure/functions';
import { serializeCookie } from './cookie';

/** What goes back to the client. */
export interface Answer {
  readonly status: number;
  /** By lower-case name; several values only for `set-cookie`. */
  readonly headers: Record<string, string | string[]>;
  readonly body: string | Uint8Array | ReadableStream<Uint8Array> | undefined;
}

/** Statuses whose answers have no body (fetch standard, "null body status"). */
const nullBodyStatuses: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * Turns what an HTTP handler returned into an answer, by the rules of the library's HttpResponse and of the
 * host: nothing is 204, `{}` an empty 200. Throws TypeError or RangeError for what the library refuses
 * (a string, a status out of 200-599, …), which the host answers with 500.
 */
export function toAnswer(result: unknown): Answer {
  if (result === undefined || result === null) return { status: 204, headers: {}, body: undefined };
  if (typeof result !== 'object')
    throw new TypeError(`The HTTP response must be an object, not a ${typeof result}`);
  if (result instanceof HttpResponse) return fromResponse(result);
  const init: HttpResponseInit = result;
  const status = checkStatus(init.status);
  const plain = nullBodyStatuses.has(status) ? noBody : plainBody(init);
  if (!plain) return fromResponse(new HttpResponse(init));

  const headers: Answer['headers'] = plainHeaders(init.headers);
  if (plain.contentType !== undefined) headers['content-type'] ??= plain.contentType;
  addCookies(headers, init.cookies);
  return { status, headers, body: plain.body };
}

interface PlainBody {
  readonly body: string | Uint8Array | undefined;
  readonly contentType?: string;
}

const noBody: PlainBody = { body: undefined };

/** Bodies that need no fetch Response: JSON, text, bytes, none. Undefined for all others. */
function plainBody({ jsonBody, body }: { jsonBody?: unknown; body?: unknown }): PlainBody | undefined {
  if (jsonBody !== undefined && jsonBody !== null)
    return { body: JSON.stringify(jsonBody), contentType: 'application/json' };
  if (body === undefined || body === null) return noBody;
  if (typeof body === 'string') return { body, contentType: 'text/plain;charset=UTF-8' };
  if (body instanceof Uint8Array) return { body };
  if (ArrayBuffer.isView(body))
    return { body: new Uint8Array(body.buffer, body.byteOffset, body.byteLength) };
  return types.isAnyArrayBuffer(body) ? { body: new Uint8Array(body) } : undefined;
}

function checkStatus(status: number | undefined): number {
  if (status === undefined) return 200;
  if (!Number.isInteger(status) || status < 200 || status > 599)
    throw new RangeError(`The HTTP response's status must be from 200 to 599, not ${String(status)}`);
  return status;
}

function plainHeaders(init: HttpResponseInit['headers']): Record<string, string> {
  const headers: Record<string, string> = {};
  if (init === undefined) return headers;
  if (init instanceof Headers || Symbol.iterator in init) {
    for (const [name, value] of new Headers([...init])) headers[name] = value;
    return headers;
  }
  for (const [name, value] of Object.entries(init)) {
    const key = name.toLowerCase();
    const former = headers[key];
    const text = value.trim(); // plain JavaScript may put numbers here
    headers[key] = former === undefined ? text : `${former}, ${text}`;
  }
  return headers;
}

function fromResponse(response: HttpResponse): Answer {
  const headers: Record<string, string | string[]> = {};
  response.headers.forEach((value, name) => {
    headers[name] = value;
  });
  addCookies(headers, response.cookies);
  return { status: checkStatus(response.status), headers, body: response.body ?? undefined };
}

function addCookies(
  headers: Record<string, string | string[]>,
  cookies: readonly Cookie[] | undefined,
): void {
  if (!cookies || cookies.length === 0) return;
  const own = headers['set-cookie'];
  headers['set-cookie'] = [...(own === undefined ? [] : [own].flat()), ...cookies.map(serializeCookie)];
}
