import { deflateSync, gunzip, gzipSync, inflate, type ZlibOptions } from 'node:zlib';
import { ServingError } from '../errors';

/** What requests may be encoded with; the `Accept-Encoding` of an `unsupported-media-type` answer. */
export const REQUEST_ENCODINGS = 'gzip, deflate, identity';

type Encoding = 'gzip' | 'deflate';

/** HTTP's `deflate` is zlib's wrapping (RFC 1950), never a bare stream. */
const DECODERS = { gzip: gunzip, deflate: inflate } as const;
/** Fast rather than small: an answer is compressed once and read once. */
const ANSWER_LEVEL = 1;
/**
 * A request body without its `Content-Encoding` (gzip, deflate, x-gzip, identity or none). Stops as soon as the result
 * is over `maxBytes` and throws `payload-too-large`: a small body that unfolds into gigabytes costs no more than that.
 * A broken or cut stream, or bytes after its end, is `invalid-payload`; another encoding `unsupported-media-type`.
 */
export async function decompress(
  body: Uint8Array,
  contentEncoding: string | undefined,
  maxBytes: number,
): Promise<Uint8Array> {
  const encoding = parseEncoding(contentEncoding);
  if (encoding === undefined) {
    if (body.length > maxBytes) throw tooLarge(maxBytes);
    return body;
  }
  if (body.length === 0)
    throw new ServingError('invalid-payload', `The body is not valid ${encoding}: it is empty`);
  return new Promise((resolve, reject) => {
    const finish = (error: Error | null, result: unknown) => {
      if (error === null) {
        const { buffer, engine } = parseInflated(result);
        const rest = body.length - engine.bytesWritten;
        if (rest === 0) resolve(buffer);
        else reject(broken(encoding, `${rest} bytes follow its end`));
      } else if ('code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') reject(tooLarge(maxBytes));
      else reject(broken(encoding, error.message));
    };
    const options: ZlibOptions = { maxOutputLength: maxBytes, info: true };
    DECODERS[encoding](body, options, finish);
  });
}

/** What an answer is to be compressed with by its request's `Accept-Encoding`; gzip before deflate, undefined for neither. */
export function chooseAnswerEncoding(acceptEncoding: string | undefined): Encoding | undefined {
  const accepted = new Map<string, number>();
  for (const part of (acceptEncoding ?? '').toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim());
    const quality = parameters.find((text) => text.startsWith('q='))?.slice(2);
    accepted.set(name, quality === undefined ? 1 : Number(quality));
  }
  const qualityOf = (name: Encoding) => accepted.get(name) ?? accepted.get('*') ?? 0;
  const [gzip, deflate] = [qualityOf('gzip'), qualityOf('deflate')];
  if (gzip > 0 && gzip >= deflate) return 'gzip';
  return deflate > 0 ? 'deflate' : undefined;
}

/**
 * Compresses a successful infer answer. Only those: tritonclient's aio reads every other body as it comes off the wire.
 * Other headers stay as they are (the JSON length counts decompressed bytes).
 */
export function compressAnswer(body: Uint8Array, encoding: Encoding): Buffer {
  const options = { level: ANSWER_LEVEL };
  return encoding === 'gzip' ? gzipSync(body, options) : deflateSync(body, options);
}

/** With the option `info`, zlib answers its engine beside the buffer, which its types do not say. */
function parseInflated(result: unknown) {
  return result as { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } };
}

function parseEncoding(contentEncoding: string | undefined): Encoding | undefined {
  const name = (contentEncoding ?? '').trim().toLowerCase();
  switch (name) {
    case '':
    case 'identity':
      return undefined;
    case 'gzip':
    case 'x-gzip':
      return 'gzip';
    case 'deflate':
      return 'deflate';
    default:
      throw new ServingError(
        'unsupported-media-type',
        `The body comes in the encoding ${JSON.stringify(name.slice(0, 40))}, expected one of ${REQUEST_ENCODINGS}`,
      );
  }
}

function tooLarge(maxBytes: number): ServingError {
  return new ServingError('payload-too-large', `The body is over the limit of ${maxBytes} bytes`);
}

function broken(encoding: Encoding, reason: string): ServingError {
  return new ServingError('invalid-payload', `The body is not valid ${encoding}: ${reason}`);
}
