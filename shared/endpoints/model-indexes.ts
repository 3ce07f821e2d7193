import type { Catalog } from '../registry/catalog';
import type { Selector } from './endpoint';
import { ModelIndex } from './model-index';

/** Indexes that are kept: endpoints times deployments of two catalogs, old and new. */
const MOST_KEPT = 200;

/** Builds each {@link ModelIndex} once per catalog revision and selector: ten thousand models take some milliseconds. */
export class ModelIndexes {
  /** In order of use, the least recent first. */
  readonly #indexes = new Map<string, ModelIndex>();

  of(catalog: Catalog, selector: Selector): ModelIndex {
    const key = `${catalog.revision} ${JSON.stringify(selector)}`;
    const index = this.#indexes.get(key) ?? new ModelIndex(catalog, selector);
    this.#indexes.delete(key);
    this.#indexes.set(key, index);
    const [oldest] = this.#indexes.keys();
    if (this.#indexes.size > MOST_KEPT && oldest !== undefined) this.#indexes.delete(oldest);
    return index;
  }
}
