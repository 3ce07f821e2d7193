interface Waiting {
  readonly bytes: number;
  readonly isWanted: () => boolean;
  readonly resolve: (isReserved: boolean) => void;
}

/**
 * Bytes that may be held at once. Who finds no room waits, first come first served, until others give theirs back or
 * become evictable. Used bytes exceed the total only by what {@link adjust} adds.
 */
export class MemoryBudget {
  readonly totalBytes: number;
  /** Frees some held bytes through {@link release}; false where nothing can go now. */
  readonly #evictOne: () => boolean;
  readonly #waiting: Waiting[] = [];
  #usedBytes = 0;
  #isAdvancing = false;

  constructor(totalBytes: number, evictOne: () => boolean) {
    this.totalBytes = totalBytes;
    this.#evictOne = evictOne;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Resolves true once the bytes are reserved; false where `isWanted` turned false during the wait. */
  reserve(bytes: number, isWanted: () => boolean): Promise<boolean> {
    if (this.#waiting.length === 0 && this.#takeRoom(bytes)) return Promise.resolve(true);
    return new Promise((resolve) => {
      this.#waiting.push({ bytes, isWanted, resolve });
    });
  }

  /** Corrects a reservation to what was really taken, then evicts while over the total. */
  adjust(deltaBytes: number): void {
    this.#usedBytes += deltaBytes;
    while (this.#usedBytes > this.totalBytes && this.#evictOne());
    this.advance();
  }

  release(bytes: number): void {
    this.#usedBytes -= bytes;
    this.advance();
  }

  /** Serves who waits, as far as there is room: to be called when something became evictable or unwanted. */
  advance(): void {
    if (this.#isAdvancing) return; // evicting releases bytes, which calls back here
    this.#isAdvancing = true;
    for (let [first] = this.#waiting; first; [first] = this.#waiting) {
      const isWanted = first.isWanted();
      if (isWanted && !this.#takeRoom(first.bytes)) break;
      this.#waiting.shift();
      first.resolve(isWanted);
    }
    this.#isAdvancing = false;
  }

  #takeRoom(bytes: number): boolean {
    while (this.#usedBytes + bytes > this.totalBytes) if (!this.#evictOne()) return false;
    this.#usedBytes += bytes;
    return true;
  }
}
