/** Time as a task hub sees it; a test gives its own. */
export interface HubClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back once that moment has come; returns the cancellation. */
  callAt(ms: number, callback: () => void): () => void;
}

/** The longest wait that setTimeout takes. */
const MAXIMUM_WAIT_MS = 2 ** 31 - 1;

export const systemClock: HubClock = {
  now: () => Date.now(),
  callAt(ms, callback) {
    let timer: NodeJS.Timeout;
    const wait = (): void => {
      const left = ms - Date.now();
      // setTimeout may fire a little early, and an orchestrator must never see a timer before its time.
      if (left <= 0) callback();
      else timer = setTimeout(wait, Math.min(left, MAXIMUM_WAIT_MS));
    };
    timer = setTimeout(wait, Math.max(0, Math.min(ms - Date.now(), MAXIMUM_WAIT_MS)));
    return () => {
      clearTimeout(timer);
    };
  },
};
