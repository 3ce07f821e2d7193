import { once } from 'node:events';
import { type ServerResponse } from 'node:http';
import { type ReadableStream } from 'node:stream/web';
import { type Answer } from './answer';

/** Headers that a function must not set: they belong to the connection, or follow from the body. */
const connectionHeaders = ['connection', 'content-length', 'keep-alive', 'transfer-encoding', 'upgrade'];

/**
 * Writes an answer to the socket; a streaming body is read as fast as the client takes it, and cancelled when
 * the client goes away. Throws, with nothing written, for headers that HTTP forbids; rejects when a streaming
 * body fails, after cutting the connection (the status is out already, nothing else can tell the client).
 */
export function writeAnswer(response: ServerResponse, answer: Answer): void | Promise<void> {
  const { status, headers, body } = answer;
  for (const name of connectionHeaders) if (name in headers) Reflect.deleteProperty(headers, name);
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
    if (status !== 204 && status !== 304) headers['content-length'] = String(byteLength(body));
    response.writeHead(status, headers);
    response.end(body);
    return undefined;
  }
  response.writeHead(status, headers);
  return writeStream(response, body);
}

function byteLength(body: string | Uint8Array | undefined): number {
  if (body === undefined) return 0;
  return typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
}

async function writeStream(response: ServerResponse, body: ReadableStream<Uint8Array>): Promise<void> {
  const reader = body.getReader();
  const gone = new AbortController();
  let cancelled: Promise<void> | undefined;
  const cancel = (): void => {
    gone.abort();
    cancelled = reader.cancel();
  };
  response.once('close', cancel);
  if (response.req.method === 'HEAD') cancel();
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      if (!response.write(chunk.value)) await drained(response, gone.signal);
    }
    response.off('close', cancel);
    response.end();
    await cancelled;
  } catch (error) {
    if (gone.signal.aborted) return; // nobody is left to tell
    response.off('close', cancel);
    response.destroy();
    throw error;
  }
}

async function drained(response: ServerResponse, gone: AbortSignal): Promise<void> {
  try {
    await once(response, 'drain', { signal: gone });
  } catch (error) {
    if (!gone.aborted) throw error;
  }
}
