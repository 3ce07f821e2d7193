import pl from 'nodejs-polars';

/** A flight as a client sends it: a row record of the endpoint. */
export interface FlightRecord {
  /** Local time of departure, ISO 8601. */
  readonly date: string;
  readonly origin: string;
  readonly destination: string;
}

/** Flights spread evenly over a Parquet file, in its order; the same ones every time. */
export function sampleFlights(file: string, count: number): FlightRecord[] {
  const frame = pl.readParquet(file, { columns: ['date', 'origin', 'destination'] });
  const rows = Math.min(count, frame.height);
  return Array.from({ length: rows }, (_, index) => {
    const row: readonly unknown[] = frame.row(Math.floor((index * frame.height) / rows));
    const [date, origin, destination] = row;
    if (!(date instanceof Date)) throw new TypeError('column date does not hold timestamps');
    return { date: date.toISOString(), origin: String(origin), destination: String(destination) };
  });
}
