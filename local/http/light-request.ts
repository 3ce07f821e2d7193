import { Blob } from 'node:buffer';
import { type IncomingMessage } from 'node:http';
import { type ReadableStream } from 'node:stream/web';
import { type HttpRequest, type HttpRequestUser } from '@azure/functions';
import { readPrincipalHeader } from './principal-header';
import { type RequestBody } from './request-body';
import { RequestHeaders } from './request-headers';
import { type RouteValues } from './route-template';

/**
 * The public HttpRequest interface straight over a node:http message. The library's own request builds a fetch
 * Request for every call, which costs nine tenths of the throughput; here everything but method and params is
 * made when asked for. Same answers: test/local/http runs every rule over both.
 */
export class LightHttpRequest implements HttpRequest {
  readonly method: string;
  readonly params: RouteValues;
  readonly #message: IncomingMessage;
  readonly #body: RequestBody;
  #url: string | undefined;
  #headers: RequestHeaders | undefined;
  #query: URLSearchParams | undefined;
  #user: HttpRequestUser | null | undefined;

  constructor(message: IncomingMessage, params: RouteValues, body: RequestBody) {
    this.#message = message;
    this.method = message.method ?? 'GET';
    this.params = params;
    this.#body = body;
  }

  get url(): string {
    this.#url ??= requestUrl(this.#message).href;
    return this.#url;
  }

  get headers(): RequestHeaders {
    this.#headers ??= new RequestHeaders(this.#message.rawHeaders);
    return this.#headers;
  }

  get query(): URLSearchParams {
    this.#query ??= joinRepeated(requestUrl(this.#message).searchParams);
    return this.#query;
  }

  get user(): HttpRequestUser | null {
    if (this.#user === undefined) this.#user = readPrincipalHeader(this.headers);
    return this.#user;
  }

  get body(): ReadableStream<Uint8Array> | null {
    return this.#body.stream();
  }

  get bodyUsed(): boolean {
    return this.#body.isUsed;
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    const bytes = await this.#body.bytes();
    const copy = new ArrayBuffer(bytes.length);
    bytes.copy(new Uint8Array(copy));
    return copy;
  }

  async blob(): Promise<Blob> {
    return new Blob([await this.#body.bytes()], { type: this.headers.get('content-type') ?? '' });
  }

  async formData(): Promise<FormData> {
    const bytes = await this.#body.bytes();
    const contentType = this.headers.get('content-type') ?? '';
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- a member of the public HttpRequest interface
    return new Response(bytes, { headers: { 'content-type': contentType } }).formData();
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  async text(): Promise<string> {
    const bytes = await this.#body.bytes();
    const hasByteOrderMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
    return bytes.toString('utf8', hasByteOrderMark ? 3 : 0);
  }

  clone(): LightHttpRequest {
    return new LightHttpRequest(this.#message, { ...this.params }, this.#body.tee());
  }
}

/** The request's absolute URL. Throws TypeError where target and host make none. */
export function requestUrl({ url = '/', headers }: IncomingMessage): URL {
  return new URL(url.startsWith('/') ? `http://${headers.host ?? 'localhost'}${url}` : url);
}

/** `?x=1&x=2` reaches a function as one `x` of `1,2` (measured on the real host without HTTP streaming). */
export function joinRepeated(query: URLSearchParams): URLSearchParams {
  if (new Set(query.keys()).size === query.size) return query;
  const joined = new URLSearchParams();
  for (const name of new Set(query.keys())) joined.set(name, query.getAll(name).join(','));
  return joined;
}
