interface Sized {
  readonly sizeBytes: number;
}

/** Share of the budget that entries used more than once may hold against newcomers. */
const PROTECTED_SHARE = 0.8;
const RANDOM_TRIES = 8;

/**
 * Which cache entry goes first: a segmented LRU that survives scans. An entry starts on probation and is protected
 * from its second use on; what overflows the protected segment goes back on probation, least recently used first.
 * Within probation the victim is random: a cyclic scan over more models than fit then still finds some of them
 * loaded, where strict LRU would find none (ADR 0012).
 */
export class EvictionOrder<T extends Sized> {
  readonly #protectedBudget: number;
  readonly #random: () => number;
  readonly #probation: T[] = [];
  readonly #places = new Map<T, number>();
  /** In order of use, the least recent first. */
  readonly #protected = new Set<T>();
  #protectedBytes = 0;

  /** `random` answers in [0, 1). */
  constructor(budgetBytes: number, random: () => number) {
    this.#protectedBudget = budgetBytes * PROTECTED_SHARE;
    this.#random = random;
  }

  get protectedBytes(): number {
    return this.#protectedBytes;
  }

  add(entry: T): void {
    this.#places.set(entry, this.#probation.length);
    this.#probation.push(entry);
  }

  /** Marks a further use of an entry that was added before. */
  touch(entry: T): void {
    if (this.#protected.delete(entry)) {
      this.#protected.add(entry);
      return;
    }
    this.#removeFromProbation(entry);
    this.#protected.add(entry);
    this.#protectedBytes += entry.sizeBytes;
    for (const oldest of this.#protected) {
      if (this.#protectedBytes <= this.#protectedBudget || oldest === entry) break;
      this.#protected.delete(oldest);
      this.#protectedBytes -= oldest.sizeBytes;
      this.add(oldest);
    }
  }

  remove(entry: T): void {
    if (this.#protected.delete(entry)) this.#protectedBytes -= entry.sizeBytes;
    else this.#removeFromProbation(entry);
  }

  /** The next entry to evict among those that may go; undefined where none may. */
  victim(mayGo: (entry: T) => boolean): T | undefined {
    for (let tries = 0; tries < RANDOM_TRIES && this.#probation.length > 0; tries += 1) {
      const entry = this.#probation[Math.floor(this.#random() * this.#probation.length)];
      if (entry && mayGo(entry)) return entry;
    }
    const free = this.#probation.find(mayGo);
    if (free) return free;
    for (const entry of this.#protected) if (mayGo(entry)) return entry;
    return undefined;
  }

  #removeFromProbation(entry: T): void {
    const place = this.#places.get(entry);
    if (place === undefined) return;
    this.#places.delete(entry);
    const last = this.#probation.pop();
    if (last === undefined || last === entry) return;
    this.#probation[place] = last;
    this.#places.set(last, place);
  }
}
