import type { ModelVersion } from '../registry/catalog';
import type { ScoredBatch } from './scoring';

/** Label sets that are counted one by one; what comes beyond is counted together, so that metrics stay small. */
const MOST_LABELS = 1_000;
const OTHERS = 'other';

export interface RowCount {
  readonly endpoint: string;
  readonly deployment: string;
  readonly requests: number;
  readonly rowsScored: number;
  readonly rowsRejected: number;
}

export interface InferenceCount {
  readonly model: string;
  readonly version: string;
  readonly success: number;
  readonly failure: number;
  readonly durationMs: number;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** What online scoring has done since this process started. */
export class OnlineCounters {
  readonly #rows = new Map<string, Writable<RowCount>>();
  readonly #inferences = new Map<string, Writable<InferenceCount>>();

  addRows(endpoint: string, deployment: string, { modelOfRow, rejected }: ScoredBatch): void {
    const first = { endpoint, deployment, requests: 0, rowsScored: 0, rowsRejected: 0 };
    const others = { ...first, endpoint: OTHERS, deployment: OTHERS };
    const count = counter(this.#rows, `${endpoint}/${deployment}`, first, others);
    count.requests += 1;
    count.rowsRejected += rejected.size;
    count.rowsScored += modelOfRow.filter((model, row) => model >= 0 && !rejected.has(row)).length;
  }

  addInference({ model, version }: ModelVersion, outcome: 'success' | 'failure', durationMs: number): void {
    const first = { model, version, success: 0, failure: 0, durationMs: 0 };
    const others = { ...first, model: OTHERS, version: OTHERS };
    const count = counter(this.#inferences, `${model}/${version}`, first, others);
    count[outcome] += 1;
    count.durationMs += durationMs;
  }

  rows(): readonly RowCount[] {
    return [...this.#rows.values()];
  }

  inferences(): readonly InferenceCount[] {
    return [...this.#inferences.values()];
  }
}

function counter<T>(counts: Map<string, T>, key: string, first: T, others: T): T {
  const isKnown = counts.has(key) || counts.size < MOST_LABELS;
  const [name, start] = isKnown ? [key, first] : [OTHERS, others];
  const known = counts.get(name) ?? start;
  counts.set(name, known);
  return known;
}
