import type { HttpRequest } from '@azure/functions';
import { ServingError } from '../../shared/errors';
import { decompress } from '../../shared/protocol/compression';

/**
 * The request's body, inflated where it comes compressed. Throws `payload-too-large` as soon as the declared length, the
 * bytes received or the bytes inflated are over the limit.
 */
export async function readBody(request: HttpRequest, maxBytes: number): Promise<Uint8Array> {
  const declared = request.headers.get('content-length');
  if (declared !== null && Number(declared) > maxBytes) throw tooLarge(maxBytes);
  const body = declared === null ? await readStream(request, maxBytes) : await readWhole(request);
  if (body.byteLength > maxBytes) throw tooLarge(maxBytes);
  return decompress(body, request.headers.get('content-encoding') ?? undefined, maxBytes);
}

/** A body as JSON. Throws `invalid-payload` that says where it is none. */
export function parseJsonBody(body: Uint8Array): unknown {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  if (text.trim() === '') throw new ServingError('invalid-payload', 'The body is empty; expected JSON');
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : '';
    throw new ServingError('invalid-payload', `The body is not JSON: ${reason}`, { cause });
  }
}

async function readWhole(request: HttpRequest): Promise<Uint8Array> {
  return new Uint8Array(await request.arrayBuffer());
}

/** A body of unknown length is counted as it comes. */
async function readStream(request: HttpRequest, maxBytes: number): Promise<Uint8Array> {
  if (!request.body) return new Uint8Array();
  const stream: AsyncIterable<Uint8Array> = request.body;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
  }
  return Buffer.concat(chunks);
}

function tooLarge(maxBytes: number): ServingError {
  return new ServingError('payload-too-large', `The body is over the limit of ${maxBytes} bytes`);
}
