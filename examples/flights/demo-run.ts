import path from 'node:path';
import { scoreBatch, type BatchRun } from './batch-scoring';
import { exportCheck } from './check-export';
import type { DemoOptions } from './demo-options';
import { describeMachine, writeReport, type DemoReport } from './demo-report';
import { startServices, type Closers, type DemoServices } from './demo-services';
import { accuracyLines, count } from './demo-text';
import { discoverEndpoint, publishEndpoint } from './discovery';
import { flightEndpoint } from './flight-endpoint';
import { curlCommand, scoreOnline, scoreRows } from './online-scoring';
import { downloadBlob, PublishedOutput, type PublishedAccuracy } from './published-output';
import { promoteCandidates, registerCandidates, rejectionReasons } from './publish-models';
import { sampleFlights, type FlightRecord } from './sample-flights';
import type { Terminal } from './terminal';
import type { TrainingResult } from './training-run';
import { trainOnThread } from './training-thread';

export const DEMO_STEPS = 7;
const ONLINE_FLIGHTS = 400;
const ONLINE_ROUNDS = 11;
const CHECKED_ROWS = 10;
const MIB = 1_048_576;

/** Everything that the steps share. */
interface Demo {
  readonly options: DemoOptions;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** What a run of the demo leaves: its figures, and flights to try the service with. */
interface DemoRun {
  readonly report: DemoReport;
  readonly sample: readonly FlightRecord[];
}

/**
 * Runs the whole main job and writes the report. What is started goes into `closers`; who calls ends it.
 * Throws StartError for what a person can mend.
 */
export async function runDemo(demo: Demo, closers: Closers): Promise<DemoRun> {
  const { options, terminal } = demo;
  const startedMs = performance.now();
  const starting = terminal.start('Start storage and host');
  const services = await startServices(options.dataFolder, closers);
  const start = { seconds: starting.done(`${services.host.url}, everything is kept in ${services.folder}`) };

  const hostEnded = services.host.ended.then((printed) => {
    throw new Error(`The host has ended by itself:\n${printed}`);
  });
  return Promise.race([runSteps(demo, services, { startedMs, start }), hostEnded]);
}

async function runSteps(
  demo: Demo,
  services: DemoServices,
  { startedMs, start }: { readonly startedMs: number; readonly start: DemoReport['start'] },
): Promise<DemoRun> {
  const trained = await train(demo);
  const promotion = await promote(demo, services, trained.result);
  const discovery = await discover(demo, services, promotion.promoted);
  const online = await serveOnline(demo, services);
  const run = await serveBatch(demo, services);
  const published = await showOutput(demo, services, trained.result, run);

  const report: DemoReport = {
    machine: describeMachine(),
    seconds: (performance.now() - startedMs) / 1_000,
    start,
    train: trained.figures,
    accuracy: { ...trained.result.accuracy, published },
    promotion,
    discovery,
    online: online.figures,
    batch: run.figures,
    peakRssMiB: Math.round(services.host.peakRssMiB()),
  };
  writeReport(demo.options.report, report);
  return { report, sample: online.sample };
}

async function train({
  options,
  terminal,
  signal,
}: Demo): Promise<{ result: TrainingResult; figures: DemoReport['train'] }> {
  const step = terminal.start('Train a delay model per route');
  const result = await trainOnThread(
    options.input,
    (phase, done, total) => {
      step.progress(done, total, phase);
    },
    signal,
  );
  const models = result.models.filter(({ tags }) => tags['level'] === 'route').length;
  const originModels = result.models.length - models;
  const splitAt = new Date(result.splitMs).toISOString();
  const seconds = step.done(
    `${count(models)} of ${count(result.routes)} routes and ${count(originModels)} origins, fitted on the flights before ${splitAt.slice(0, 10)} of ${count(result.flights)}`,
  );
  const { route, origin, routeAfterSelection } = result.accuracy;
  const lines = [
    ...accuracyLines('All route models', route),
    ...accuracyLines('All origin models', origin),
    ...accuracyLines(
      'Route models that the first half of the later flights would promote, on the second half',
      routeAfterSelection,
    ),
  ];
  for (const line of lines) terminal.detail(line);
  const { flights, routes } = result;
  return { result, figures: { seconds, flights, routes, models, originModels, splitAt } };
}

async function promote(
  { terminal }: Demo,
  { candidates, production }: DemoServices,
  { models }: TrainingResult,
): Promise<DemoReport['promotion']> {
  const step = terminal.start('Register candidates, promote what passes the gate');
  await registerCandidates(candidates, models);
  step.progress(1, 2, 'registered');
  const promotion = await promoteCandidates(candidates, production);
  const { promoted, rejected } = promotion;
  const levels = new Map(models.map(({ name, tags }) => [name, tags['level']]));
  const promotedRoutes = promoted.filter(({ model }) => levels.get(model) === 'route').length;
  const reasons = rejectionReasons(promotion);
  const seconds = step.done(
    `${count(promoted.length)} promoted (${count(promotedRoutes)} of routes), ${count(rejected.length)} rejected`,
  );
  for (const [reason, times] of Object.entries(reasons))
    terminal.detail(`${count(times)} rejected: ${reason}`);
  return { seconds, promoted: promoted.length, promotedRoutes, rejected: rejected.length, reasons };
}

async function discover(
  { terminal }: Demo,
  { host }: DemoServices,
  promoted: number,
): Promise<DemoReport['discovery']> {
  const step = terminal.start('Publish the endpoint, discover it');
  await publishEndpoint(host.url, flightEndpoint);
  const { endpoints, found } = await discoverEndpoint(host.url, flightEndpoint.name, promoted);
  const columns = found.input.columns.map(({ name, type }) => `${name} (${type})`).join(', ');
  step.done(`${found.name} with ${count(found.modelCount)} models at ${found.scoringUri}`);
  terminal.detail(`takes ${columns}; gives ${found.output.columns.map(({ name }) => name).join(', ')}`);
  return { endpoints, modelCount: found.modelCount };
}

async function serveOnline(
  { options, terminal }: Demo,
  { host }: DemoServices,
): Promise<{ figures: DemoReport['online']; sample: readonly FlightRecord[] }> {
  const step = terminal.start('Score online');
  const scoringUri = `${host.url}/endpoints/${flightEndpoint.name}/score`;
  const flights = sampleFlights(options.input, ONLINE_FLIGHTS);
  const figures = await scoreOnline(scoringUri, flights, ONLINE_ROUNDS, (done, total) => {
    step.progress(done, total);
  });
  step.done(
    `${count(figures.rows)} rows, ${figures.rowsPerRequest} a request, by ${count(figures.models)} models; a request takes ` +
      `${figures.p50Ms.toFixed(1)} ms (median), ${figures.p95Ms.toFixed(1)} ms (95 %), ${figures.coldP50Ms.toFixed(1)} ms where its models must be loaded first`,
  );
  const sample = [0.2, 0.6].flatMap((share) => flights[Math.floor(share * flights.length)] ?? []);
  terminal.detail(`$ ${curlCommand(scoringUri, sample)}`);
  terminal.detail(JSON.stringify({ rows: await scoreRows(scoringUri, sample) }));
  return { figures, sample };
}

async function serveBatch({ options, terminal }: Demo, { host, store }: DemoServices): Promise<BatchRun> {
  const step = terminal.start('Score all flights in batch');
  const target = { url: host.url, store, endpoint: flightEndpoint.name };
  const run = await scoreBatch(target, options.input, (share, rowsPerSecond) => {
    step.progress(share, 1, `${count(rowsPerSecond)} rows/s`);
  });
  const { rowsIn, rowsScored, rowsRejected, rowsPerSecond, models } = run.figures;
  step.done(
    `${count(rowsIn)} rows in = ${count(rowsScored)} scored + ${count(rowsRejected)} rejected, by ${count(models)} models, ${count(rowsPerSecond)} rows/s`,
  );
  terminal.detail(`peak memory of the host ${count(host.peakRssMiB())} MiB`);
  return run;
}

async function showOutput(
  { options, terminal }: Demo,
  { folder, store, production }: DemoServices,
  { splitMs }: TrainingResult,
  { figures, output, rejects }: BatchRun,
): Promise<PublishedAccuracy> {
  const step = terminal.start('Look at the output');
  const file = path.join(folder, 'predictions.parquet');
  await downloadBlob(store, output, file);
  if (rejects) await downloadBlob(store, rejects, path.join(folder, 'rejects.csv'));
  const predictions = new PublishedOutput(file);
  const published = predictions.accuracy(splitMs);
  const { rowsScored, rowsRejected } = figures;
  await exportCheck(production, {
    folder: path.join(folder, 'check'),
    input: path.resolve(options.input),
    splitMs,
    rowsScored,
    rowsRejected,
    published,
    rows: predictions.rowsOfDifferentRoutes(CHECKED_ROWS),
  });
  step.done(
    `${count(predictions.rows)} rows, ${(figures.outputBytes / MIB).toFixed(1)} MiB, copied to ${file}`,
  );
  for (const line of predictions.firstRows(5)) terminal.detail(line);
  terminal.detail(
    `on the ${count(published.flights)} later flights: RMSE ${published.rmse.toFixed(1)} min, MAE ${published.mae.toFixed(1)} ` +
      '(optimistic: these flights chose the models)',
  );
  if (rejects) terminal.detail(`rejected rows and why: ${path.join(folder, 'rejects.csv')}`);
  return published;
}
