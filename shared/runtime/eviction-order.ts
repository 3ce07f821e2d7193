/** Entries that one choice looks at: sampling comes close to the true minimum at a constant cost. */
const SAMPLE = 16;
/** Uses beyond this count no more, so that yesterday's favourite is forgotten after a few halvings. */
const MOST_USES = 15;
/** All counts are halved after this many uses an entry held. */
const USES_PER_ENTRY = 10;
const LEAST_ENTRIES = 64;

/**
 * Which cache entry goes first: the one used least often lately, of a random sample; of equals the newest. Uses are
 * counted by key, also of keys not held, so that a scan over more than fits finds what it met first still there, and
 * a key that comes often gets its place even if it was evicted meanwhile. After TinyLFU (Einziger, Friedman, Manes,
 * "TinyLFU: A Highly Efficient Cache Admission Policy", 2017), with exact counts: there are thousands of models, not
 * millions.
 */
export class EvictionOrder<T extends object> {
  readonly #random: () => number;
  readonly #keyOf: (entry: T) => string;
  /** In no order: removing swaps the last one in. */
  readonly #entries: T[] = [];
  readonly #places = new Map<T, { index: number; readonly sequence: number }>();
  readonly #uses = new Map<string, number>();
  #usesSinceHalving = 0;
  #lastSequence = 0;

  /** `random` answers in [0, 1). */
  constructor(keyOf: (entry: T) => string, random: () => number) {
    this.#keyOf = keyOf;
    this.#random = random;
  }

  /** Counts a use, held or not. */
  use(key: string): void {
    const uses = this.#uses.get(key) ?? 0;
    if (uses < MOST_USES) this.#uses.set(key, uses + 1);
    this.#usesSinceHalving += 1;
    if (this.#usesSinceHalving >= USES_PER_ENTRY * Math.max(LEAST_ENTRIES, this.#entries.length))
      this.#halve();
  }

  add(entry: T): void {
    this.#places.set(entry, { index: this.#entries.length, sequence: (this.#lastSequence += 1) });
    this.#entries.push(entry);
  }

  /** Does nothing for an entry that was never added. */
  remove(entry: T): void {
    const place = this.#places.get(entry);
    if (!place) return;
    this.#places.delete(entry);
    const last = this.#entries.pop();
    if (last === undefined || last === entry) return;
    this.#entries[place.index] = last;
    const lastPlace = this.#places.get(last);
    if (lastPlace) lastPlace.index = place.index;
  }

  /** The next entry to evict among those that may go; undefined where none may. */
  victim(mayGo: (entry: T) => boolean): T | undefined {
    const isSmall = this.#entries.length <= SAMPLE;
    const sample = isSmall ? this.#entries : Array.from({ length: SAMPLE }, () => this.#any());
    return this.#least(sample.filter(mayGo)) ?? (isSmall ? undefined : this.#entries.find(mayGo));
  }

  #least(entries: readonly T[]): T | undefined {
    let least: T | undefined;
    for (const entry of entries) if (!least || this.#goesBefore(entry, least)) least = entry;
    return least;
  }

  #goesBefore(entry: T, other: T): boolean {
    const difference = this.#usesOf(entry) - this.#usesOf(other);
    if (difference !== 0) return difference < 0;
    return (this.#places.get(entry)?.sequence ?? 0) > (this.#places.get(other)?.sequence ?? 0);
  }

  #usesOf(entry: T): number {
    return this.#uses.get(this.#keyOf(entry)) ?? 0;
  }

  #any(): T {
    const entry = this.#entries[Math.floor(this.#random() * this.#entries.length)];
    if (!entry) throw new Error('random() must answer in [0, 1)');
    return entry;
  }

  #halve(): void {
    this.#usesSinceHalving = 0;
    for (const [key, uses] of this.#uses) {
      if (uses > 1) this.#uses.set(key, Math.floor(uses / 2));
      else this.#uses.delete(key);
    }
  }
}
