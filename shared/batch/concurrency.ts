/**
 * Bounds how many tasks of one job run at once on this instance: Azure ML's `max_concurrency_per_instance`.
 * Tasks over the bound wait in order.
 */
export class Concurrency {
  readonly #running = new Map<string, number>();
  readonly #waiting = new Map<string, (() => void)[]>();

  async run<T>(jobId: string, limit: number, task: () => Promise<T>): Promise<T> {
    await this.#enter(jobId, limit);
    try {
      return await task();
    } finally {
      this.#leave(jobId);
    }
  }

  async #enter(jobId: string, limit: number): Promise<void> {
    const running = this.#running.get(jobId) ?? 0;
    if (running < limit) {
      this.#running.set(jobId, running + 1);
      return;
    }
    const queue = this.#waiting.get(jobId) ?? [];
    this.#waiting.set(jobId, queue);
    await new Promise<void>((resolve) => queue.push(resolve)); // the one that leaves hands its place on
  }

  #leave(jobId: string): void {
    const next = this.#waiting.get(jobId)?.shift();
    if (next) {
      next();
      return;
    }
    this.#waiting.delete(jobId);
    const running = (this.#running.get(jobId) ?? 1) - 1;
    if (running > 0) this.#running.set(jobId, running);
    else this.#running.delete(jobId);
  }
}
