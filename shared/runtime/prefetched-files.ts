import type { ModelVersion } from '../registry/catalog';
import type { ModelFiles } from './engine';
import { filesBytes } from './session-size';

/** Fewer are fetched just as well one by one. */
const LEAST_TOGETHER = 2;
/** Files that wait for their load; what lies beyond is fetched when it is needed. */
const MOST_BYTES = 32 * 1024 * 1024;

interface Source {
  readonly fetch: (version: ModelVersion) => Promise<ModelFiles>;
  readonly fetchMany?: (versions: readonly ModelVersion[]) => Promise<ReadonlyMap<string, ModelFiles>>;
}

/** Files of models that will be loaded soon, fetched together. Each is handed out once, then forgotten. */
export class PrefetchedFiles {
  readonly #source: Source;
  /** By digest, in the order they came. */
  readonly #files = new Map<string, ModelFiles>();
  #bytes = 0;

  constructor(source: Source) {
    this.#source = source;
  }

  /** Never throws: the fetch of each single file then tells what is wrong. */
  async prefetch(versions: readonly ModelVersion[]): Promise<void> {
    const wanted = this.#fitting(versions.filter(({ digest }) => !this.#files.has(digest)));
    if (!this.#source.fetchMany || wanted.length < LEAST_TOGETHER) return;
    const fetched = await this.#source.fetchMany(wanted).catch(() => new Map<string, ModelFiles>());
    for (const [digest, files] of fetched) this.#keep(digest, files);
  }

  async fetch(version: ModelVersion): Promise<ModelFiles> {
    return this.#take(version.digest) ?? this.#source.fetch(version);
  }

  #fitting(versions: readonly ModelVersion[]): ModelVersion[] {
    let bytes = 0;
    return versions.filter(({ sizeBytes }) => {
      bytes += sizeBytes;
      return bytes <= MOST_BYTES;
    });
  }

  #keep(digest: string, files: ModelFiles): void {
    this.#take(digest);
    this.#files.set(digest, files);
    this.#bytes += filesBytes(files);
    for (const oldest of this.#files.keys()) {
      if (this.#bytes <= MOST_BYTES) break;
      this.#take(oldest);
    }
  }

  #take(digest: string): ModelFiles | undefined {
    const files = this.#files.get(digest);
    if (!files) return undefined;
    this.#files.delete(digest);
    this.#bytes -= filesBytes(files);
    return files;
  }
}
