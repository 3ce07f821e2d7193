import { ServingError } from '../errors';
import type { BlobStore } from '../storage/blob-store';
import { Fingerprints } from './fingerprint';
import type { InputBlob } from './job';

/**
 * Reads an input blob as it was submitted. Where it was written again meanwhile with the same content, reading goes on;
 * where its content differs, or it is gone, ServingError `invalid-input` says so.
 */
export class InputReader {
  readonly #store: BlobStore;
  readonly #fingerprints: Fingerprints;
  /** Etags of blobs that were written again with the content submitted, by the submitted etag. */
  readonly #renewed = new Map<string, string>();

  constructor(store: BlobStore) {
    this.#store = store;
    this.#fingerprints = new Fingerprints(store);
  }

  /** Bytes from `start` (inclusive) to `end` (exclusive). */
  async range(input: InputBlob, start: number, end: number): Promise<Buffer> {
    return this.#guard(input, (etag) => this.#store.getRange(input, start, end, { ifMatch: etag }));
  }

  /** Calls `use` with the blob's bytes in order. A blob that changes meanwhile fails, it is never read twice. */
  async each(input: InputBlob, use: (chunk: Buffer) => void): Promise<void> {
    const etag = await this.#currentEtag(input);
    try {
      for await (const chunk of this.#store.stream(input, undefined, { ifMatch: etag })) use(chunk);
    } catch (error) {
      throw isCode(error, 'etag-conflict', 'not-found') ? changed(input) : error;
    }
  }

  async #guard<T>(input: InputBlob, read: (etag: string) => Promise<T>): Promise<T> {
    try {
      return await read(this.#renewed.get(input.etag) ?? input.etag);
    } catch (error) {
      if (!isCode(error, 'etag-conflict', 'not-found')) throw error;
    }
    const etag = await this.#currentEtag(input);
    try {
      return await read(etag);
    } catch (error) {
      throw isCode(error, 'etag-conflict', 'not-found') ? changed(input) : error;
    }
  }

  async #currentEtag(input: InputBlob): Promise<string> {
    const properties = await this.#store.properties(input);
    if (!properties) throw new ServingError('invalid-input', `the blob "${input.path}" is gone`);
    if (properties.etag === input.etag) return input.etag;
    if ((await this.#fingerprints.of(input, properties)) !== input.fingerprint) throw changed(input);
    this.#renewed.set(input.etag, properties.etag);
    return properties.etag;
  }
}

function changed(input: InputBlob): ServingError {
  return new ServingError('invalid-input', `the blob "${input.path}" changed after the job was submitted`);
}

function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof ServingError && codes.includes(error.code);
}
