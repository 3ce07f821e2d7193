/** Runs jobs in order of arrival, never more than `limit` at once. A job handles its own failures. */
export class WorkQueue {
  readonly #limit: number;
  readonly #waiting: (() => Promise<void>)[] = [];
  readonly #running = new Set<Promise<void>>();
  #isStopped = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(job: () => Promise<void>): void {
    if (this.#isStopped) return;
    this.#waiting.push(job);
    this.#pump();
  }

  /** Starts nothing more; resolves when what runs has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#waiting.length = 0;
    await Promise.allSettled(this.#running);
  }

  #pump(): void {
    while (this.#running.size < this.#limit) {
      const job = this.#waiting.shift();
      if (!job) return;
      const running = job().finally(() => {
        this.#running.delete(running);
        this.#pump();
      });
      this.#running.add(running);
    }
  }
}
