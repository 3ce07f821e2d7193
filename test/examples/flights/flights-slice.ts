import { flightsPath, readFlights, type Flights } from '../../../examples/flights/flights-file';

/** The real flights of the routes that `isWanted` picks by origin, destination and number of flights. */
export function flightsSlice(
  isWanted: (origin: string, destination: string, flights: number) => boolean,
): Flights {
  const all = readFlights(flightsPath());
  const counts = new Int32Array(all.routes.length);
  for (const route of all.routeOfRow) counts[route] = (counts[route] ?? 0) + 1;
  const wanted = all.routes.map(({ origin, destination }, route) =>
    isWanted(origin, destination, counts[route] ?? 0),
  );
  const rows = [...all.routeOfRow.keys()].filter((row) => wanted[all.routeOfRow[row] ?? 0] === true);
  const newRoute = new Map<number, number>();
  wanted.forEach((isIn, route) => {
    if (isIn) newRoute.set(route, newRoute.size);
  });
  return {
    rows: rows.length,
    epochMs: Float64Array.from(rows, (row) => all.epochMs[row] ?? NaN),
    delay: Float64Array.from(rows, (row) => all.delay[row] ?? NaN),
    distance: Float64Array.from(rows, (row) => all.distance[row] ?? NaN),
    routeOfRow: Int32Array.from(rows, (row) => newRoute.get(all.routeOfRow[row] ?? 0) ?? 0),
    routes: all.routes.filter((_, route) => wanted[route] === true),
  };
}
