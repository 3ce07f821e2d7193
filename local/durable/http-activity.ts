import { type HttpCallRequest } from './orchestrator-action';

/**
 * Does a `callHttp` of an orchestrator: the request as it is, the answer as the SDK reads it (JSON text).
 * An answer of any status is a result; only a request that got none rejects.
 */
export async function callHttp(request: HttpCallRequest): Promise<string> {
  const { method, uri, headers, content } = request;
  const hasBody = content !== undefined && content !== null && method !== 'GET' && method !== 'HEAD';
  const response = await fetch(uri, {
    method,
    redirect: 'manual',
    ...(headers && { headers }),
    ...(hasBody && { body: content }),
  });
  return JSON.stringify({
    statusCode: response.status,
    headers: Object.fromEntries(response.headers),
    content: await response.text(),
  });
}
