import { z } from 'zod';
import type { FlightRecord } from './sample-flights';
import { quantile } from './model-errors';

const ROWS_PER_REQUEST = 8;

const answerSchema = z.object({
  rows: z.array(
    z.union([
      z.object({ prediction: z.number(), model: z.string() }),
      z.object({ error: z.object({ code: z.string(), detail: z.string() }) }),
    ]),
  ),
});

type AnsweredRow = z.infer<typeof answerSchema>['rows'][number];

/** What online scoring showed; times are those of whole requests, seen by the client. */
export interface OnlineFigures {
  readonly requests: number;
  readonly rows: number;
  readonly rowsScored: number;
  /** Rows that no model was found for: each is answered with an error of its own. */
  readonly rowsRejected: number;
  readonly models: number;
  /** Of the first request: no model is loaded yet. */
  readonly firstMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly rowsPerSecond: number;
}

/** Scores flights of several routes a request, one request after the other. */
export async function scoreOnline(
  scoringUri: string,
  flights: readonly FlightRecord[],
  onProgress: (done: number, total: number) => void,
): Promise<OnlineFigures> {
  const requests = strided(flights, Math.floor(flights.length / ROWS_PER_REQUEST));
  const times: number[] = [];
  const models = new Set<string>();
  let rowsScored = 0;
  for (const rows of requests) {
    const started = performance.now();
    const answers = await scoreRows(scoringUri, rows);
    times.push(performance.now() - started);
    for (const answer of answers) {
      if ('error' in answer) continue;
      rowsScored++;
      models.add(answer.model);
    }
    onProgress(times.length, requests.length);
  }
  const sorted = Float64Array.from(times).sort();
  const rows = requests.reduce((sum, { length }) => sum + length, 0);
  return {
    requests: requests.length,
    rows,
    rowsScored,
    rowsRejected: rows - rowsScored,
    models: models.size,
    firstMs: times[0] ?? NaN,
    p50Ms: quantile(sorted, 0.5),
    p95Ms: quantile(sorted, 0.95),
    rowsPerSecond: rows / (times.reduce((sum, time) => sum + time, 0) / 1_000),
  };
}

/** Answers in the order of the rows. Throws Error with the answer's text where it is not 200. */
export async function scoreRows(
  scoringUri: string,
  rows: readonly FlightRecord[],
): Promise<readonly AnsweredRow[]> {
  const response = await fetch(scoringUri, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ rows }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${scoringUri} answered ${response.status}: ${text}`);
  const answer = answerSchema.parse(JSON.parse(text));
  if (answer.rows.length !== rows.length)
    throw new Error(`${scoringUri} answered ${answer.rows.length} rows to ${rows.length}`);
  return answer.rows;
}

/** Cuts a list into `count` parts whose elements lie far apart in it: each request mixes dates and routes. */
function strided<T>(list: readonly T[], count: number): T[][] {
  return Array.from({ length: count }, (_, first) => list.filter((_, index) => index % count === first));
}

/** A command line that scores these flights. */
export function curlCommand(scoringUri: string, rows: readonly FlightRecord[]): string {
  return `curl -s ${scoringUri} -H 'content-type: application/json' -d '${JSON.stringify({ rows })}'`;
}
