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

/** What online scoring showed; times are those of whole requests, seen by the client, one request after the other. */
export interface OnlineFigures {
  readonly requests: number;
  readonly rows: number;
  readonly rowsScored: number;
  /** Rows that no model was found for: each is answered with an error of its own. */
  readonly rowsRejected: number;
  readonly rowsPerRequest: number;
  readonly models: number;
  /** Median of the first time that each request is sent: its models are fetched and loaded meanwhile. */
  readonly coldP50Ms: number;
  /** Of all later times. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly rowsPerSecond: number;
}

/** Scores flights of several routes a request, all of them `rounds` times. */
export async function scoreOnline(
  scoringUri: string,
  flights: readonly FlightRecord[],
  rounds: number,
  onProgress: (done: number, total: number) => void,
): Promise<OnlineFigures> {
  const requests = strided(flights, Math.floor(flights.length / ROWS_PER_REQUEST));
  const times: number[] = [];
  const models = new Set<string>();
  let rows = 0;
  let rowsScored = 0;
  for (let round = 0; round < rounds; round++) {
    for (const request of requests) {
      const started = performance.now();
      const answers = await scoreRows(scoringUri, request);
      times.push(performance.now() - started);
      const scored = answers.filter((answer) => 'model' in answer);
      for (const { model } of scored) models.add(model);
      rows += request.length;
      rowsScored += scored.length;
      onProgress(times.length, rounds * requests.length);
    }
  }
  const cold = Float64Array.from(times.slice(0, requests.length)).sort();
  const warm = Float64Array.from(times.slice(requests.length)).sort();
  return {
    requests: times.length,
    rows,
    rowsScored,
    rowsRejected: rows - rowsScored,
    rowsPerRequest: ROWS_PER_REQUEST,
    models: models.size,
    coldP50Ms: quantile(cold, 0.5),
    p50Ms: quantile(warm, 0.5),
    p95Ms: quantile(warm, 0.95),
    rowsPerSecond: Math.round(rows / (times.reduce((sum, time) => sum + time, 0) / 1_000)),
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
