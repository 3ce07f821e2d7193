import pl from 'nodejs-polars';
import { joinParts, splitFile } from '../../../shared/batch/parquet/parquet-file';
import { AIRPORTS } from './delay-endpoint';

const START_MS = Date.UTC(2001, 0, 1);
const MINUTE_MS = 60_000;

interface Flight {
  readonly epochMs: number;
  readonly origin: string;
  readonly destination: string;
  readonly distance: number;
  readonly note: string;
}

/** The same flights every time; one of 16 is on a route without a model. */
function flight(index: number): Flight {
  const draw = Math.imul(index + 1, 2_654_435_761) >>> 8;
  return {
    epochMs: START_MS + index * 7 * MINUTE_MS,
    origin: AIRPORTS[draw & 7] ?? '',
    destination: AIRPORTS[(draw >> 3) & 7] ?? '',
    distance: 100 + ((draw >> 6) % 2_900),
    note: index % 5 === 0 ? `gate ${draw % 40}, "late"` : '',
  };
}

/** Flights `from` to `to` as CSV: quoted notes, dates as ISO 8601. */
export function flightsCsv(from: number, to: number): Buffer {
  const lines = ['date,origin,destination,distance,note'];
  for (let index = from; index < to; index++) {
    const { epochMs, origin, destination, distance, note } = flight(index);
    const quoted = note === '' ? '' : `"${note.replaceAll('"', '""')}"`;
    lines.push(`${new Date(epochMs).toISOString()},${origin},${destination},${distance},${quoted}`);
  }
  return Buffer.from(`${lines.join('\n')}\n`);
}

/** As many row groups as asked for, each with `rows` flights. */
export function flightsParquet(rowGroups: number, rows: number): Buffer {
  const parts = Array.from({ length: rowGroups }, (_, group) => {
    const flights = Array.from({ length: rows }, (_row, row) => flight(group * rows + row));
    const frame = pl.DataFrame({
      origin: flights.map(({ origin }) => origin),
      destination: flights.map(({ destination }) => destination),
      distance: Int32Array.from(flights, ({ distance }) => distance),
      note: flights.map(({ note }) => note),
    });
    const epochMs = pl.Series(
      'date',
      flights.map((one) => one.epochMs),
      pl.Int64,
    );
    const dated = frame.withColumn(epochMs.cast(pl.Datetime('ms')).alias('date'));
    return splitFile(dated.writeParquet({ compression: 'zstd' }));
  });
  const end = joinParts(parts.map(({ body, footer }) => ({ footer, bodyBytes: body.length })));
  return Buffer.concat([Buffer.from('PAR1'), ...parts.map(({ body }) => body), end]);
}
