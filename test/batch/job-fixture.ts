import pl from 'nodejs-polars';
import { createBatchSessions } from '../../shared/batch/batch-sessions';
import { createBatchTasks, type PlanSummary } from '../../shared/batch/batch-tasks';
import type { ActivityResult, JobFailure, ScoringJob, Tally } from '../../shared/batch/job';
import { JobService } from '../../shared/batch/job-service';
import type { JobRequest } from '../../shared/batch/job-request';
import { endpointSchema, type Endpoint } from '../../shared/endpoints/endpoint';
import { EndpointStore } from '../../shared/endpoints/endpoint-store';
import { featureSetSchema } from '../../shared/features/feature-set';
import { ModelRegistry } from '../../shared/registry/model-registry';
import type { NewModel } from '../../shared/registry/new-model';
import { createOnnxEngine } from '../../shared/runtime/onnx-engine';
import { CONTAINERS, type BlobStore } from '../../shared/storage/blob-store';
import { MAGIC } from '../../shared/batch/parquet/footer';
import { joinParts, splitFile } from '../../shared/batch/parquet/parquet-file';
import { linearModel } from '../support/onnx-builder';

const featureSet = featureSetSchema.parse({
  input: 'x',
  columns: [{ name: 'distance', type: 'number' }],
  features: [{ kind: 'number', column: 'distance' }],
});

/** Models `y = weight · distance + bias` for each origin and one route; CLT has none. */
export const MODELS: readonly NewModel[] = [
  { name: 'route-AMS-BOS', onnx: linearModel([2], 1), tags: { origin: 'AMS', destination: 'BOS' } },
  { name: 'origin-AMS', onnx: linearModel([3], 0), tags: { origin: 'AMS', level: 'origin' } },
  { name: 'origin-BOS', onnx: linearModel([-1], 0), tags: { origin: 'BOS', level: 'origin' } },
].map((model) => ({ ...model, version: '1', featureSet }));

export const ENDPOINT = endpointSchema.parse({
  name: 'delay',
  deployments: [
    {
      name: 'by-route',
      selector: {
        kind: 'keys',
        rules: [
          {
            keys: [
              { column: 'origin', tag: 'origin' },
              { column: 'destination', tag: 'destination' },
            ],
          },
          { keys: [{ column: 'origin', tag: 'origin' }], where: { level: 'origin' } },
        ],
      },
    },
  ],
  outputNames: { y: 'predicted' },
  batch: { miniBatchRows: 1_000, miniBatchBytes: 16_384 },
});

/** What the orchestration does, without it. */
export type JobEnd =
  | { readonly state: 'completed'; readonly tally: Tally; readonly job: ScoringJob }
  | { readonly state: 'failed'; readonly failure: JobFailure; readonly job: ScoringJob };

/** Batch scoring over a store, in one process, without threads and orchestration. */
export class JobFixture {
  readonly store: BlobStore;
  readonly models: ModelRegistry;
  readonly endpoints: EndpointStore;
  readonly jobs: JobService;
  readonly #sessions: ReturnType<typeof createBatchSessions>;

  constructor(store: BlobStore) {
    this.store = store;
    this.models = new ModelRegistry(store, CONTAINERS.models, { refreshMs: 0 });
    this.endpoints = new EndpointStore(store, { refreshMs: 0 });
    this.#sessions = createBatchSessions({
      models: this.models,
      engine: createOnnxEngine(),
      budgetBytes: 1 << 26,
    });
    const tasks = new Map<string, (input: never) => Promise<unknown>>(
      Object.entries(createBatchTasks({ store, sessions: this.#sessions })),
    );
    const workers = {
      run: async <T>(task: string, input: unknown): Promise<T> =>
        (await tasks.get(task)?.(input as never)) as T,
    };
    const { endpoints, models } = this;
    this.jobs = new JobService({ store, endpoints, models, workers });
  }

  async setUp(endpoint: Endpoint = ENDPOINT): Promise<void> {
    await this.models.registerPack(MODELS);
    await this.endpoints.put(endpoint);
  }

  async upload(path: string, bytes: Uint8Array): Promise<void> {
    await this.store.put({ container: CONTAINERS.inbox, path }, bytes);
  }

  /** Submits and runs a job over one blob of the inbox, or over what the request says. */
  async run(request: string | Partial<JobRequest>): Promise<JobEnd> {
    const given =
      typeof request === 'string' ? { input: { container: CONTAINERS.inbox, path: request } } : request;
    const { job } = await this.jobs.submit(ENDPOINT.name, {
      input: { container: CONTAINERS.inbox, path: 'none' },
      settings: {},
      ...given,
    });
    return this.resume(job);
  }

  async resume(job: ScoringJob): Promise<JobEnd> {
    const jobId = job.id;
    const planned: ActivityResult<PlanSummary> = await this.jobs.plan({ jobId });
    if (!planned.ok) return { state: 'failed', failure: planned.failure, job };
    let indices = Array.from({ length: planned.value.miniBatches }, (_, index) => index);
    for (;;) {
      for (const index of indices) {
        const scored = await this.jobs.scoreMiniBatch({ jobId, index });
        if (!scored.ok) return { state: 'failed', failure: scored.failure, job };
      }
      const published = await this.jobs.publish({ jobId });
      if (!published.ok) return { state: 'failed', failure: published.failure, job };
      if (published.value.status === 'published')
        return { state: 'completed', tally: published.value.tally, job };
      indices = [...published.value.miniBatches];
    }
  }

  async output(job: ScoringJob, file: string): Promise<Buffer> {
    const blob = await this.store.get({
      container: CONTAINERS.predictions,
      path: `${job.outputPrefix}/${file}`,
    });
    if (!blob) throw new Error(`there is no ${file}`);
    return blob.bytes;
  }

  async files(job: ScoringJob): Promise<string[]> {
    const names: string[] = [];
    for await (const { path } of this.store.list(CONTAINERS.predictions, job.outputPrefix)) {
      names.push(path.slice(job.outputPrefix.length + 1));
    }
    return names;
  }

  close(): Promise<void> {
    return this.#sessions.close();
  }
}

export interface Flight {
  readonly id: number;
  readonly origin: string;
  readonly destination: string;
  readonly distance: number | null;
}

/** Flights of several routes mixed; every 50th from an airport without a model, every 70th without a distance. */
export function flights(count: number): Flight[] {
  const routes: readonly (readonly [string, string])[] = [
    ['AMS', 'BOS'],
    ['BOS', 'AMS'],
    ['AMS', 'CDG'],
  ];
  return Array.from({ length: count }, (_, id) => {
    const [origin, destination] = id % 50 === 49 ? ['CLT', 'AMS'] : (routes[(id * 7) % 3] ?? ['', '']);
    return { id, origin, destination, distance: id % 70 === 69 ? null : (id % 400) / 2 };
  });
}

/** What the fixture's models say of a flight. */
export function expected({
  origin,
  destination,
  distance,
}: Flight): [model: string, prediction: number] | undefined {
  if (distance === null || origin === 'CLT') return undefined;
  if (origin === 'BOS') return ['origin-BOS', 0 - distance];
  return destination === 'BOS' ? ['route-AMS-BOS', 2 * distance + 1] : ['origin-AMS', 3 * distance];
}

export function toFrame(rows: readonly Flight[]): pl.DataFrame {
  return pl.DataFrame([
    pl.Series(
      'id',
      rows.map(({ id }) => id),
      pl.Int64,
    ),
    pl.Series(
      'origin',
      rows.map(({ origin }) => origin),
      pl.String,
    ),
    pl.Series(
      'destination',
      rows.map(({ destination }) => destination),
      pl.String,
    ),
    pl.Series(
      'distance',
      rows.map(({ distance }) => distance),
      pl.Float64,
    ),
  ]);
}

export function toCsv(rows: readonly Flight[]): Buffer {
  const lines = rows.map(
    ({ id, origin, destination, distance }) => `${id},${origin},${destination},${distance ?? ''}`,
  );
  return Buffer.from(['id,origin,destination,distance', ...lines, ''].join('\n'));
}

/** A Parquet file with a row group for each list of flights. */
export function toParquet(groups: readonly (readonly Flight[])[]): Buffer {
  const parts = groups.map((rows) => splitFile(toFrame(rows).writeParquet({ compression: 'zstd' })));
  const end = joinParts(parts.map(({ body, footer }) => ({ footer, bodyBytes: body.length })));
  return Buffer.concat([MAGIC, ...parts.map(({ body }) => body), end]);
}
