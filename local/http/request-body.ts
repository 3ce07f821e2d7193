import { type IncomingMessage } from 'node:http';
import { ReadableStream, type ReadableStreamDefaultController } from 'node:stream/web';

/** The body went over the host's limit; the host answers 413 whatever the handler makes of this. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';

  constructor(limitBytes: number) {
    super(
      `The request body is over the host's limit of ${limitBytes} bytes (FUNCTIONS_REQUEST_BODY_SIZE_LIMIT)`,
    );
  }
}

/** Where the bytes come from: a socket, one half of a cloned stream, or nothing (GET and HEAD). */
export type BodySource = IncomingMessage | ReadableStream<Uint8Array> | undefined;

/** A request body that is read once, from the socket, under a limit. A second reading rejects with TypeError. */
export class RequestBody {
  readonly limitBytes: number;
  readonly #overflow: { hasExceeded: boolean };
  #source: BodySource;
  #stream: ReadableStream<Uint8Array> | undefined;
  #reading = { hasBegun: false };

  /** Clones share `overflow`. */
  constructor(source: BodySource, limitBytes: number, overflow = { hasExceeded: false }) {
    this.#source = source;
    this.limitBytes = limitBytes;
    this.#overflow = overflow;
  }

  get isUsed(): boolean {
    const stream = this.#source instanceof ReadableStream ? this.#source : this.#stream;
    return this.#reading.hasBegun || (stream?.locked ?? false);
  }

  /** True once more than `limitBytes` came. */
  get hasExceeded(): boolean {
    return this.#overflow.hasExceeded;
  }

  /** All bytes. Rejects with BodyTooLargeError over the limit, and when the client goes away. */
  async bytes(): Promise<Buffer> {
    if (this.isUsed) throw new TypeError('Body is unusable: Body has already been read');
    this.#reading.hasBegun = true;
    if (this.#source === undefined) return Buffer.alloc(0);
    if (this.#stream || this.#source instanceof ReadableStream) return this.#drain(this.stream());
    return this.#receive(this.#source);
  }

  /** The body as a web stream; null where there is none. */
  stream(): ReadableStream<Uint8Array> | null {
    if (this.#source === undefined) return null;
    if (this.#source instanceof ReadableStream) return this.#source;
    this.#stream ??= this.#toWebStream(this.#source);
    return this.#stream;
  }

  /** Two bodies with the same bytes; this one keeps reading from the first. */
  tee(): RequestBody {
    if (this.isUsed) throw new TypeError('Body is unusable: Body has already been read');
    const [first, second] = this.stream()?.tee() ?? [];
    this.#source = first;
    this.#stream = undefined;
    this.#reading = { hasBegun: false };
    return new RequestBody(second, this.limitBytes, this.#overflow);
  }

  #receive(message: IncomingMessage): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let size = 0;
      message.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size <= this.limitBytes) chunks.push(chunk);
        else reject(this.#exceed());
      });
      message.on('end', () => {
        const [only] = chunks;
        resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, size));
      });
      message.on('error', reject); // comes too when the client goes away
      if (message.destroyed && !message.complete)
        reject(new Error('The client has gone before its request was complete'));
    });
  }

  async #drain(stream: ReadableStream<Uint8Array> | null): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of stream ?? []) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  #toWebStream(message: IncomingMessage): ReadableStream<Uint8Array> {
    const chunks: AsyncIterator<Buffer, undefined> = message[Symbol.asyncIterator]();
    const reading = this.#reading;
    let size = 0;
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
      reading.hasBegun = true;
      const { done, value } = await chunks.next();
      if (done === true) {
        controller.close();
        return;
      }
      size += value.length;
      if (size > this.limitBytes) throw this.#exceed();
      controller.enqueue(new Uint8Array(value));
    };
    return new ReadableStream<Uint8Array>({ pull }, { highWaterMark: 0 }); // pulls only for a reader
  }

  #exceed(): BodyTooLargeError {
    this.#overflow.hasExceeded = true;
    return new BodyTooLargeError(this.limitBytes);
  }
}
