/** Where lines go, and what it can show. */
export interface TerminalStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface Step {
  /** Shown as a bar on a terminal, not at all elsewhere. `detail` follows the bar. */
  progress(done: number, total: number, detail?: string): void;
  /** Ends the step; the line tells what came of it and how long it took. Returns that time. */
  done(outcome: string): number;
}

const BAR_WIDTH = 24;
const REDRAW_MS = 80;

/**
 * Steps of a run as a person wants to see them: a progress bar in place on a terminal, plain lines without any
 * escape code elsewhere. Colours only on a terminal and never where NO_COLOR is set (https://no-color.org).
 */
export class Terminal {
  readonly #stream: TerminalStream;
  readonly #hasColor: boolean;
  readonly #now: () => number;
  readonly #steps: number;
  #step = 0;
  #isBarShown = false;

  constructor(
    stream: TerminalStream,
    steps: number,
    environment: Readonly<Record<string, string | undefined>>,
    now: () => number = () => performance.now(),
  ) {
    this.#stream = stream;
    this.#steps = steps;
    this.#now = now;
    const isPlain = Boolean(environment['NO_COLOR']) || environment['TERM'] === 'dumb';
    this.#hasColor = stream.isTTY === true && !isPlain;
  }

  line(text = ''): void {
    this.#clear();
    this.#stream.write(`${text}\n`);
  }

  /** A line that belongs to the step above it. */
  detail(text: string): void {
    this.line(`      ${text}`);
  }

  start(title: string): Step {
    this.#step++;
    const label = `[${this.#step}/${this.#steps}] ${title}`;
    const startedMs = this.#now();
    let drawnMs = -Infinity;
    const draw = (text: string) => {
      if (this.#stream.isTTY !== true) return;
      this.#clear();
      const seconds = `${((this.#now() - startedMs) / 1_000).toFixed(1)} s`;
      this.#stream.write(`${label} ${text} ${seconds}`.slice(0, (this.#stream.columns ?? 100) - 1));
      this.#isBarShown = true;
    };
    draw('…');
    return {
      progress: (done, total, detail = '') => {
        if (this.#now() - drawnMs < REDRAW_MS && done < total) return;
        drawnMs = this.#now();
        const share = total > 0 ? Math.min(1, done / total) : 0;
        const filled = Math.round(share * BAR_WIDTH);
        const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
        draw(`${bar} ${String(Math.floor(share * 100)).padStart(3)} % ${detail}`);
      },
      done: (outcome) => {
        const seconds = (this.#now() - startedMs) / 1_000;
        this.line(`${this.#paint(label, '1')}: ${outcome} ${this.#paint(`(${seconds.toFixed(1)} s)`, '2')}`);
        return seconds;
      },
    };
  }

  /** Removes an unfinished bar, so that whatever is written next stands on a line of its own. */
  #clear(): void {
    if (this.#isBarShown) this.#stream.write('\r\u001B[K');
    this.#isBarShown = false;
  }

  #paint(text: string, code: string): string {
    return this.#hasColor ? `\u001B[${code}m${text}\u001B[0m` : text;
  }
}
