import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse } from 'node:http';

/** How long the rest of a refused body is read and thrown away, ms. */
const LINGER_MS = 5_000;

/**
 * Answers 413 and closes the connection. The rest of the body is read first and thrown away: closing while the
 * client still writes would reset the connection and lose the answer.
 */
export async function refuseBody(message: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!message.readableEnded && !message.destroyed) {
    const limit = AbortSignal.timeout(LINGER_MS);
    message.resume();
    await Promise.race([once(message, 'close'), once(limit, 'abort')]).catch(() => undefined); // a reset ends it too
  }
  if (response.destroyed || response.headersSent) return;
  response.writeHead(413, { connection: 'close', 'content-length': '0' });
  response.end();
}
