import { canonicalJson } from './canonical-json';

/** Equal values once each, so that a document with thousands of equal signatures holds one and points to it. */
export class SharedTable<T extends object> {
  readonly #rows: T[] = [];
  readonly #byObject = new Map<T, number>();
  readonly #byContent = new Map<string, number>();

  get rows(): readonly T[] {
    return this.#rows;
  }

  /** The first equal value. */
  shared(value: T): T {
    return this.#rows[this.indexOf(value)] ?? value;
  }

  /** The index of an equal value, which is added where there is none. */
  indexOf(value: T): number {
    const known = this.#byObject.get(value);
    if (known !== undefined) return known;
    const content = canonicalJson(value);
    const index = this.#byContent.get(content) ?? this.#rows.push(value) - 1;
    this.#byContent.set(content, index);
    this.#byObject.set(value, index);
    return index;
  }
}
