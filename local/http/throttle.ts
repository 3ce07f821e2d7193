/**
 * host.json's `extensions.http` limits: at most `concurrent` requests run, at most `outstanding` run or wait
 * (both at least 1, or Infinity). Invariant: running <= concurrent, and nobody waits while a place is free.
 */
export class Throttle {
  readonly #concurrent: number;
  readonly #outstanding: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(limits: { readonly concurrent: number; readonly outstanding: number }) {
    this.#concurrent = limits.concurrent;
    this.#outstanding = limits.outstanding;
  }

  get isFull(): boolean {
    return this.#running + this.#waiting.length >= this.#outstanding;
  }

  /** Takes a place; undefined at once where one is free. Every enter needs one leave. */
  enter(): Promise<void> | undefined {
    if (this.#running < this.#concurrent) {
      this.#running++;
      return undefined;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Gives the place back, or on to who has waited longest. */
  leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#running--;
  }
}
