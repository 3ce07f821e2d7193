import { ServingError } from '../errors';
import { parseJsonDocument } from '../registry/json-document';
import { type BlobStore, CONTAINERS, type WriteConditions } from '../storage/blob-store';
import { type Endpoint, endpointSchema } from './endpoint';
import { nearestNames } from './nearest-names';

const PREFIX = 'endpoints/';
const SUFFIX = '.json';

export interface StoredEndpoint {
  readonly endpoint: Endpoint;
  readonly etag: string;
}

/** A document that is there but cannot be used, by what is wrong with it. */
interface BrokenEndpoint {
  readonly etag: string;
  readonly error: ServingError;
}

type Document = StoredEndpoint | BrokenEndpoint;

export interface EndpointStoreOptions {
  /** How long a reading is trusted before etags are compared again. Default 2 s. */
  readonly refreshMs?: number;
  readonly now?: () => number;
}

/**
 * The endpoint documents, `endpoints/{name}.json` in the container `config`, kept in memory. Only documents whose etag
 * changed are read again. While storage does not answer, what was read last goes on being served.
 */
export class EndpointStore {
  readonly #store: BlobStore;
  readonly #refreshMs: number;
  readonly #now: () => number;
  #documents: ReadonlyMap<string, Document> | undefined;
  #refreshing: Promise<ReadonlyMap<string, Document>> | undefined;
  #readAtMs = -Infinity;

  constructor(store: BlobStore, options: EndpointStoreOptions = {}) {
    this.#store = store;
    this.#refreshMs = options.refreshMs ?? 2_000;
    this.#now = options.now ?? Date.now;
  }

  /** All valid endpoints in order of name. */
  async list(): Promise<Endpoint[]> {
    return [...(await this.#fresh()).values()].flatMap((document) =>
      'endpoint' in document ? [document.endpoint] : [],
    );
  }

  /** Throws `endpoint-not-found` with the nearest names, `invalid-document` with all problems. */
  async get(name: string): Promise<Endpoint> {
    return (await this.read(name)).endpoint;
  }

  /** As {@link get}, with the etag that a write may require. */
  async read(name: string): Promise<StoredEndpoint> {
    const documents = await this.#fresh();
    // A document that is younger than the last reading, perhaps written by another instance.
    const document = documents.get(name) ?? (await this.#readOne(name));
    if (!document) throw notFound(name, [...documents.keys()]);
    if ('error' in document) throw document.error;
    return document;
  }

  /** Creates or replaces the endpoint. Throws `etag-conflict` where a condition fails. */
  async put(endpoint: Endpoint, conditions: WriteConditions = {}): Promise<{ readonly etag: string }> {
    const bytes = Buffer.from(JSON.stringify(endpoint, undefined, 2));
    const { etag } = await this.#store.put(refOf(endpoint.name), bytes, {
      contentType: 'application/json',
      ...conditions,
    });
    if (this.#documents) this.#documents = sorted([...this.#documents, [endpoint.name, { endpoint, etag }]]);
    return { etag };
  }

  async #fresh(): Promise<ReadonlyMap<string, Document>> {
    if (this.#documents && this.#now() - this.#readAtMs < this.#refreshMs) return this.#documents;
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #refresh(): Promise<ReadonlyMap<string, Document>> {
    const known = this.#documents;
    try {
      this.#documents = await this.#readAll(known);
    } catch (error) {
      if (!known) throw error;
    }
    this.#readAtMs = this.#now();
    return this.#documents ?? new Map();
  }

  async #readAll(known: ReadonlyMap<string, Document> | undefined): Promise<ReadonlyMap<string, Document>> {
    const reading: Promise<[string, Document | undefined]>[] = [];
    for await (const { path, etag } of this.#store.list(CONTAINERS.config, PREFIX)) {
      const name = path.slice(PREFIX.length, -SUFFIX.length);
      if (!path.endsWith(SUFFIX) || name.includes('/')) continue;
      const same = known?.get(name);
      const document = same?.etag === etag ? Promise.resolve(same) : this.#readOne(name);
      reading.push(document.then((found) => [name, found]));
    }
    const entries = await Promise.all(reading);
    return sorted(entries.flatMap(([name, document]) => (document ? [[name, document] as const] : [])));
  }

  async #readOne(name: string): Promise<Document | undefined> {
    const blob = isName(name) ? await this.#store.get(refOf(name)) : undefined;
    if (!blob) return undefined;
    try {
      const endpoint = parseJsonDocument(endpointSchema, `The endpoint "${name}"`, blob.bytes);
      if (endpoint.name === name) return { endpoint, etag: blob.etag };
      const detail = `The endpoint "${name}" names itself "${endpoint.name}"`;
      return { error: new ServingError('invalid-document', detail), etag: blob.etag };
    } catch (error) {
      if (error instanceof ServingError) return { error, etag: blob.etag };
      throw error;
    }
  }
}

function refOf(name: string): { container: string; path: string } {
  return { container: CONTAINERS.config, path: `${PREFIX}${name}${SUFFIX}` };
}

function isName(name: string): boolean {
  return endpointSchema.shape.name.safeParse(name).success;
}

function sorted(entries: readonly (readonly [string, Document])[]): ReadonlyMap<string, Document> {
  return new Map([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function notFound(name: string, names: readonly string[]): ServingError {
  const nearest = nearestNames(name, names);
  const hint = nearest.length === 0 ? '' : `; near it: ${nearest.join(', ')}`;
  return new ServingError('endpoint-not-found', `There is no endpoint "${name}"${hint}`);
}
