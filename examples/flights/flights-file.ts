import path from 'node:path';
import pl, { type Series } from 'nodejs-polars';

/** Flights by column, in the file's order, which is by date. */
export interface Flights {
  readonly rows: number;
  /** When the flight left: local time, written as if it were UTC; milliseconds since 1970-01-01T00:00Z. */
  readonly epochMs: Float64Array;
  /** Minutes late; negative where early. */
  readonly delay: Float64Array;
  /** Miles. */
  readonly distance: Float64Array;
  /** Index into `routes`. */
  readonly routeOfRow: Int32Array;
  readonly routes: readonly Route[];
}

/** One origin and destination, by airport code. */
export interface Route {
  readonly origin: string;
  readonly destination: string;
}

/** Where the npm package `vega-datasets` keeps the file: 3,000,000 US flights of January to June 2001. */
export function flightsPath(): string {
  return path.join(path.dirname(require.resolve('vega-datasets')), '../data/flights-3m.parquet');
}

/** Reads a Parquet file with the columns date, delay, distance, origin, destination, none of them null. */
export function readFlights(file: string): Flights {
  const frame = pl.readParquet(file);
  const epochMs = numbers(frame.getColumn('date').cast(pl.Datetime('ms')).cast(pl.Int64));
  const origin = dictionary(frame.getColumn('origin'));
  const destination = dictionary(frame.getColumn('destination'));
  return {
    rows: frame.height,
    epochMs,
    delay: numbers(frame.getColumn('delay')),
    distance: numbers(frame.getColumn('distance')),
    ...findRoutes(origin, destination),
  };
}

function numbers(series: Series): Float64Array {
  const values: unknown = series.cast(pl.Float64).toTypedArray();
  if (!(values instanceof Float64Array)) throw new TypeError(`column ${series.name} does not hold numbers`);
  return values;
}

interface Dictionary {
  readonly codes: Uint32Array;
  readonly values: ReadonlyMap<number, string>;
}

/** Codes of a text column and what they stand for; codes need not be dense. */
function dictionary(series: Series): Dictionary {
  const codes: unknown = series.cast(pl.Categorical).cast(pl.UInt32).toTypedArray();
  if (!(codes instanceof Uint32Array)) throw new TypeError(`column ${series.name} does not hold text`);
  const values = new Map<number, string>();
  codes.forEach((code, row) => {
    if (!values.has(code)) values.set(code, String(series.get(row)));
  });
  return { codes, values };
}

function findRoutes(origin: Dictionary, destination: Dictionary): Pick<Flights, 'routeOfRow' | 'routes'> {
  const routes: Route[] = [];
  const routeOfPair = new Map<number, number>();
  const routeOfRow = new Int32Array(origin.codes.length);
  for (let row = 0; row < routeOfRow.length; row++) {
    const from = origin.codes[row] ?? 0;
    const to = destination.codes[row] ?? 0;
    const pair = from * 2 ** 20 + to;
    let route = routeOfPair.get(pair);
    if (route === undefined) {
      route = routes.length;
      routeOfPair.set(pair, route);
      routes.push({
        origin: origin.values.get(from) ?? '',
        destination: destination.values.get(to) ?? '',
      });
    }
    routeOfRow[row] = route;
  }
  return { routeOfRow, routes };
}
