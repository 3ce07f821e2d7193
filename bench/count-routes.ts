/** Prints the routes of the flights file and how many flights each has, as JSON. */
import { flightsPath, readFlights } from '../examples/flights/flights-file';
import type { RouteFlights } from './route-models';

const { routes, routeOfRow } = readFlights(flightsPath());
const flights = new Int32Array(routes.length);
for (const route of routeOfRow) flights[route] = (flights[route] ?? 0) + 1;
const counted: RouteFlights[] = routes.map((route, number) => ({ ...route, flights: flights[number] ?? 0 }));
process.stdout.write(JSON.stringify(counted));
