/**
 * Batch scoring of 3,000,000 flights by some 3,000 models through Azurite, without the Functions host: what upload,
 * planning, scoring and publishing cost, and the peak memory of this process. Prints JSON.
 * `npm run bench -- batch --format parquet --runs 3`; the product's settings apply (`POLYSCORE_WORKERS`, `POLYSCORE_KERNELS`).
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pl from 'nodejs-polars';
import { flightEndpoint } from '../examples/flights/flight-endpoint';
import { flightsPath } from '../examples/flights/flights-file';
import { startAzurite } from '../local/azurite';
import { createServices } from '../shared/services';
import { readConfig } from '../shared/config';
import { CONTAINERS } from '../shared/storage/blob-store';
import { parseBatchBench } from './batch-settings';
import { runJob } from './run-job';
import { routeModels, type RouteFlights } from './route-models';

const ALIAS = 'champion';

async function main(): Promise<void> {
  const settings = parseBatchBench(process.argv.slice(2));
  const folder = mkdtempSync(path.join(tmpdir(), 'polyscore-bench-'));
  const azurite = await startAzurite(path.join(folder, 'azurite'));
  const config = readConfig({
    ...process.env,
    PolyscoreStorage: azurite.connectionString,
    PolyscoreModels: '',
    PolyscoreModels__blobServiceUri: '',
  });
  const services = createServices(config);
  try {
    const models = routeModels(flightRoutes());
    await services.models.registerPack(models, { alias: ALIAS, previous: 'previous' });
    await services.endpoints.put(flightEndpoint);
    const bytes =
      settings.format === 'csv' ? pl.readParquet(flightsPath()).writeCSV() : readFileSync(flightsPath());
    const runs: unknown[] = [];
    for (let run = 0; run < settings.runs; run++) {
      const input = {
        container: CONTAINERS.inbox,
        path: `${flightEndpoint.name}/run-${run}.${settings.format}`,
      };
      const started = performance.now();
      await services.store.put(input, bytes);
      const uploadMs = performance.now() - started;
      runs.push({
        uploadMs: Math.round(uploadMs),
        ...(await runJob(services.jobs, input)),
        totalMs: Math.round(performance.now() - started),
      });
    }
    const report = {
      models: models.length,
      inputMiB: round(bytes.length / 1024 / 1024),
      settings: { ...settings, workers: config.workers, hasKernels: config.hasKernels },
      peakRssMiB: peakRssMiB(),
      runs,
    };
    process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  } finally {
    await services.close();
    await azurite.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Counted by a process of its own, so that reading three million rows does not count as this one's memory. */
function flightRoutes(): RouteFlights[] {
  const program = path.join(__dirname, 'count-routes.js');
  return JSON.parse(
    execFileSync(process.execPath, [program], { maxBuffer: 1 << 26 }).toString(),
  ) as RouteFlights[];
}

/** Highest resident memory of this process so far, as Linux counts it. */
function peakRssMiB(): number {
  const found = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'));
  return round(Number(found?.[1] ?? NaN) / 1024);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

void main();
