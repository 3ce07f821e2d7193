import { type IncomingMessage } from 'node:http';
import { z } from 'zod';
import { type InvocationRequest, type InvocationAnswer } from '../invocation';
import { type Answer } from './answer';
import { serializeCookie } from './cookie';
import { type HttpCall } from './http-call';
import { joinRepeated, requestUrl } from './light-request';
import { joinHeaders } from './request-headers';

const cookieText = z.object({ value: z.string() }).optional();
/** What the library's toRpcHttp makes of a response (azure-functions-nodejs-library, converters/toRpcHttp.ts). */
const rpcHttp = z.object({
  statusCode: z.coerce.number(),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.object({ bytes: z.instanceof(Uint8Array).optional() }).optional(),
  cookies: z
    .array(
      z.object({
        name: z.string(),
        value: z.string(),
        domain: cookieText,
        path: cookieText,
        expires: z.object({ value: z.object({ seconds: z.number() }) }).optional(),
        secure: z.object({ value: z.boolean() }).optional(),
        httpOnly: z.object({ value: z.boolean() }).optional(),
        sameSite: z.enum(['none', 'lax', 'strict', 'explicitNone']),
        maxAge: z.object({ value: z.number() }).optional(),
      }),
    )
    .default([]),
});
type RpcCookie = z.infer<typeof rpcHttp>['cookies'][number];

const sameSites = { lax: 'Lax', strict: 'Strict', explicitNone: 'None' } as const;

/**
 * Calls an HTTP function through the library's own invocation model, with the data that the Functions host sends
 * over gRPC when HTTP streaming is off: the faithful, slow way (`POLYSCORE_HTTP_MODE=library`).
 */
export function createLibraryCall(
  invoke: (request: InvocationRequest) => Promise<InvocationAnswer>,
): HttpCall {
  return async (message, values, body): Promise<Answer> => {
    const data = { http: rpcRequest(message, values, await body.bytes()) };
    const { returnValue } = await invoke({ data });
    if (returnValue?.http === undefined) return { status: 204, headers: {}, body: undefined };
    const { statusCode, headers, body: answered, cookies } = rpcHttp.parse(returnValue.http);
    const own: Answer['headers'] = { ...headers };
    if (cookies.length > 0) {
      const former = headers['set-cookie'];
      own['set-cookie'] = [...(former === undefined ? [] : [former]), ...cookies.map(writeCookie)];
    }
    return { status: statusCode, headers: own, body: answered?.bytes };
  };
}

function rpcRequest(message: IncomingMessage, values: Record<string, string>, bytes: Uint8Array): object {
  const url = requestUrl(message);
  const query = joinRepeated(url.searchParams);
  return {
    method: message.method,
    url: url.href,
    ...(bytes.length > 0 && { body: { bytes } }),
    nullableHeaders: nullable(joinHeaders(message.rawHeaders)),
    ...(query.size > 0 && { nullableQuery: nullable(query) }),
    nullableParams: nullable(Object.entries(values)),
  };
}

function nullable(pairs: Iterable<[string, string]>): Record<string, { value: string }> {
  return Object.fromEntries([...pairs].map(([name, value]) => [name, { value }]));
}

function writeCookie({ name, value, sameSite, expires, ...attributes }: RpcCookie): string {
  const { domain, path, secure, httpOnly, maxAge } = attributes;
  return serializeCookie({
    name,
    value,
    ...(expires && { expires: expires.value.seconds * 1000 }),
    ...(maxAge && { maxAge: maxAge.value }),
    ...(domain && { domain: domain.value }),
    ...(path && { path: path.value }),
    ...(secure && { secure: secure.value }),
    ...(httpOnly && { httpOnly: httpOnly.value }),
    ...(sameSite !== 'none' && { sameSite: sameSites[sameSite] }),
  });
}
