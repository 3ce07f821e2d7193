import type { Flights, Route } from '../../../examples/flights/flights-file';

const DAY_MS = 86_400_000;

/**
 * `perDay` flights of every route on each of `days` days from 2001-01-01, at even hours of the day;
 * `delayAt` says the delay of a route's flight that leaves at an hour.
 */
export function syntheticFlights(
  routes: readonly Route[],
  days: number,
  perDay: number,
  delayAt: (route: number, hour: number, day: number) => number,
): Flights {
  const rows = routes.length * days * perDay;
  const flights = {
    rows,
    epochMs: new Float64Array(rows),
    delay: new Float64Array(rows),
    distance: new Float64Array(rows).fill(500),
    routeOfRow: new Int32Array(rows),
    routes,
  };
  for (let row = 0; row < rows; row++) {
    const route = row % routes.length;
    const flight = Math.floor(row / routes.length);
    const day = Math.floor(flight / perDay);
    const hour = (24 / perDay) * (flight % perDay);
    flights.epochMs[row] = Date.UTC(2001, 0, 1) + day * DAY_MS + hour * 3_600_000;
    flights.delay[row] = delayAt(route, hour, day);
    flights.routeOfRow[row] = route;
  }
  return flights;
}
