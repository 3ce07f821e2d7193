import { createHash } from 'node:crypto';
import type { BlobProperties, BlobRef, BlobStore } from '../storage/blob-store';

/** Fingerprints that are kept, so that ten events for one large blob read it once. */
const MOST_KEPT = 1_000;

/**
 * The content of a blob as text: `md5:…` where storage knows it, else `sha256:…` of its bytes, read in constant memory.
 * Equal bytes written in the same way have one fingerprint, whatever their etag.
 */
export class Fingerprints {
  readonly #store: BlobStore;
  /** By container, path and etag: an etag never names two contents. */
  readonly #known = new Map<string, Promise<string>>();

  constructor(store: BlobStore) {
    this.#store = store;
  }

  /** Throws `etag-conflict` where the blob changes meanwhile. */
  async of(ref: BlobRef, properties: BlobProperties): Promise<string> {
    const { contentMd5, etag } = properties;
    if (contentMd5 !== undefined) return `md5:${contentMd5}`;
    const key = JSON.stringify([ref.container, ref.path, etag]);
    const known = this.#known.get(key);
    if (known) return known;
    const reading = this.#hash(ref, etag);
    this.#known.set(key, reading);
    reading.catch(() => this.#known.delete(key));
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST_KEPT && oldest !== undefined) this.#known.delete(oldest);
    return reading;
  }

  async #hash(ref: BlobRef, etag: string): Promise<string> {
    const hash = createHash('sha256');
    for await (const chunk of this.#store.stream(ref, undefined, { ifMatch: etag })) hash.update(chunk);
    return `sha256:${hash.digest('hex')}`;
  }
}
