import type { Flights } from './flights-file';

const DAY_MS = 86_400_000;

export type Period = 'earlier' | 'later';

/** Rows of the flights, ordered by period and route. */
export interface SplitFlights {
  /** Flights from here on are later ones; midnight. */
  readonly splitMs: number;
  /** Rows of one route in one period; in the file's order. */
  rowsOf(period: Period, route: number): Int32Array;
  /** Rows of the routes `from` (inclusive) to `to` (exclusive), route after route. */
  rowsOfRange(period: Period, from: number, to: number): Int32Array;
}

/** Splits by date, so that no model sees the days it is judged on: the first `earlierShare` of the days against the rest. */
export function splitFlights(flights: Flights, earlierShare: number): SplitFlights {
  const { epochMs, routeOfRow, rows } = flights;
  const routes = flights.routes.length;
  const splitMs = splitTime(epochMs, earlierShare);
  const groupOf = (row: number): number =>
    (routeOfRow[row] ?? 0) + ((epochMs[row] ?? 0) < splitMs ? 0 : routes);
  const starts = new Int32Array(2 * routes + 1);
  for (let row = 0; row < rows; row++) add(starts, groupOf(row) + 1, 1);
  for (let group = 1; group < starts.length; group++) add(starts, group, starts[group - 1] ?? 0);
  const next = starts.slice();
  const order = new Int32Array(rows);
  for (let row = 0; row < rows; row++) order[add(next, groupOf(row), 1)] = row;

  const rowsOfRange = (period: Period, from: number, to: number): Int32Array => {
    const first = period === 'earlier' ? 0 : routes;
    return order.subarray(starts[first + from], starts[first + to]);
  };
  return { splitMs, rowsOfRange, rowsOf: (period, route) => rowsOfRange(period, route, route + 1) };
}

function splitTime(epochMs: Float64Array, earlierShare: number): number {
  let first = Infinity;
  let last = -Infinity;
  for (const time of epochMs) {
    if (time < first) first = time;
    if (time > last) last = time;
  }
  const firstDay = Math.floor(first / DAY_MS);
  const days = Math.floor(last / DAY_MS) - firstDay + 1;
  return (firstDay + Math.floor(days * earlierShare)) * DAY_MS;
}

/** Adds to an element and returns what it was. */
function add(counts: Int32Array, index: number, count: number): number {
  const before = counts[index] ?? 0;
  counts[index] = before + count;
  return before;
}
