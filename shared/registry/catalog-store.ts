import { ServingError } from '../errors';
import type { BlobRef, BlobStore } from '../storage/blob-store';
import type { Catalog } from './catalog';
import { encodeCatalog, parseCatalog } from './catalog-document';
import { createCatalog } from './create-catalog';

/** Each lost attempt means that another writer won, so many of them only mean many writers. */
const MAX_ATTEMPTS = 30;

interface ReadCatalog {
  readonly catalog: Catalog;
  /** Undefined while there is no catalog blob yet. */
  readonly etag: string | undefined;
}

/** When a catalog in memory is looked at again; `now` in milliseconds. */
export interface CatalogClock {
  readonly now: () => number;
  readonly refreshMs: number;
}

/**
 * A registry's catalog blob: read often and from memory, written seldom and never over somebody else's change.
 * The catalog in memory is at most `refreshMs` old, unless storage does not answer: then it serves on.
 */
export class CatalogStore {
  readonly #store: BlobStore;
  readonly #ref: BlobRef;
  readonly #clock: CatalogClock;
  #known: ReadCatalog | undefined;
  #checkedAt = -Infinity;
  #checking: Promise<Catalog> | undefined;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(store: BlobStore, container: string, clock: CatalogClock) {
    this.#store = store;
    this.#ref = { container, path: 'catalog.json' };
    this.#clock = clock;
  }

  async current(): Promise<Catalog> {
    if (this.#known !== undefined && this.#clock.now() - this.#checkedAt < this.#clock.refreshMs) {
      return this.#known.catalog;
    }
    this.#checking ??= this.#check().finally(() => (this.#checking = undefined));
    return this.#checking;
  }

  /** The catalog as storage has it now. */
  async refresh(): Promise<Catalog> {
    return (await this.#read()).catalog;
  }

  /**
   * Applies a change to the newest catalog and writes it, again from the start if another writer was faster.
   * A change that gives its argument back writes nothing. Throws what the change throws, and `etag-conflict`
   * after too many lost attempts.
   */
  update(change: (catalog: Catalog) => Catalog | Promise<Catalog>): Promise<Catalog> {
    const written = this.#writing.then(() => this.#update(change));
    this.#writing = written.catch(() => undefined);
    return written;
  }

  async #update(change: (catalog: Catalog) => Catalog | Promise<Catalog>): Promise<Catalog> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const before = await this.#read();
      const catalog = await change(before.catalog);
      if (catalog === before.catalog) return catalog;
      const written = await this.#write(catalog, before.etag);
      if (written) return catalog;
    }
    throw new ServingError(
      'etag-conflict',
      `The catalog was changed by others ${MAX_ATTEMPTS} times in a row`,
    );
  }

  /** False where the catalog has changed since `etag`. */
  async #write(catalog: Catalog, etag: string | undefined): Promise<boolean> {
    const condition = etag === undefined ? ({ ifNoneMatch: '*' } as const) : { ifMatch: etag };
    const options = { ...condition, contentType: 'application/json' };
    try {
      const written = await this.#store.put(this.#ref, encodeCatalog(catalog), options);
      this.#remember({ catalog, etag: written.etag });
      return true;
    } catch (error) {
      if (error instanceof ServingError && error.code === 'etag-conflict') return false;
      throw error;
    }
  }

  async #check(): Promise<Catalog> {
    const { catalog, etag } = this.#known ?? {};
    try {
      if (catalog === undefined) return await this.refresh();
      const found = await this.#store.properties(this.#ref);
      if (found?.etag !== etag) return await this.refresh();
      this.#checkedAt = this.#clock.now();
      return catalog;
    } catch (error) {
      if (catalog === undefined || !(error instanceof ServingError) || error.code !== 'storage-unavailable') {
        throw error;
      }
      this.#checkedAt = this.#clock.now();
      return catalog;
    }
  }

  async #read(): Promise<ReadCatalog> {
    const found = await this.#store.get(this.#ref);
    if (found !== undefined && found.etag === this.#known?.etag) return this.#remember(this.#known);
    return this.#remember({
      catalog: found === undefined ? createCatalog(new Map()) : parseCatalog(found.bytes),
      etag: found?.etag,
    });
  }

  #remember(read: ReadCatalog): ReadCatalog {
    this.#known = read;
    this.#checkedAt = this.#clock.now();
    return read;
  }
}
