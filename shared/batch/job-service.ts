import { chooseDeployment, deploymentNamed } from '../endpoints/choose-deployment';
import type { BatchSettings, Deployment, Endpoint } from '../endpoints/endpoint';
import { ServingError } from '../errors';
import type { Catalog } from '../registry/catalog';
import { CONTAINERS, type BlobStore } from '../storage/blob-store';
import { activityResult } from './activity-result';
import type { BatchTasks, PlanSummary, PlanTask } from './batch-tasks';
import { Concurrency } from './concurrency';
import { Fingerprints } from './fingerprint';
import type { ActivityResult, InputBlob, ScoringJob, Tally } from './job';
import { createJob } from './job-document';
import { reportJob, type JobReport, type JobRun } from './job-report';
import type { JobInput, JobRequest } from './job-request';
import { Ledger } from './ledger';
import type { MiniBatchTask } from './mini-batch-scorer';
import { publishJob, type Publication } from './publish-job';
import { outputRef, SUCCESS_FILE } from './staged-output';

const MAX_INPUTS = 10_000;
const MOST_SETTINGS = 100;

export interface JobServiceOptions {
  readonly store: BlobStore;
  readonly endpoints: { get(name: string): Promise<Endpoint> };
  /** The production registry. */
  readonly models: { catalog(): Promise<Catalog> };
  /** Worker threads that serve {@link BatchTasks}. */
  readonly workers: {
    run<T>(task: string, input: unknown, options?: { readonly signal?: AbortSignal }): Promise<T>;
  };
  readonly now?: () => Date;
}

export interface SubmittedJob {
  readonly job: ScoringJob;
  /** False where an equal job had been submitted before. */
  readonly isNew: boolean;
}

/** Scoring jobs: submitted once whoever asks how often, and the steps that their orchestration runs. */
export class JobService {
  readonly #options: JobServiceOptions;
  readonly #ledger: Ledger;
  readonly #fingerprints: Fingerprints;
  readonly #concurrency = new Concurrency();
  /** Settings of the jobs that are being scored. */
  readonly #settings = new Map<string, BatchSettings>();

  constructor(options: JobServiceOptions) {
    this.#options = options;
    this.#ledger = new Ledger(options.store);
    this.#fingerprints = new Fingerprints(options.store);
  }

  /**
   * Submits a job; an equal one is found again. Throws `endpoint-not-found`, `not-found` (deployment),
   * `invalid-input` (no such blob), `invalid-document` (the endpoint's document).
   */
  async submit(endpointName: string, request: JobRequest, occurrence?: string): Promise<SubmittedJob> {
    const [endpoint, catalog] = await Promise.all([
      this.#options.endpoints.get(endpointName),
      this.#options.models.catalog(),
    ]);
    const deployment = this.#deployment(endpoint, request.deployment);
    const job = createJob({
      endpoint: endpoint.name,
      deployment: deployment.name,
      selector: deployment.selector,
      outputNames: endpoint.outputNames,
      inputs: await this.#findInputs(request.input),
      settings: { ...endpoint.batch, ...request.settings },
      catalogRevision: catalog.revision,
      occurrence,
      submittedAt: this.#now().toISOString(),
    });
    await this.#ledger.addCatalog(catalog);
    const isNew = await this.#ledger.addJob(job);
    return { job: isNew ? job : await this.#ledger.job(job.id), isNew };
  }

  /** Activity: plans the job, once. */
  plan(task: PlanTask): Promise<ActivityResult<PlanSummary>> {
    return this.#options.workers.run<Awaited<ReturnType<BatchTasks['plan-job']>>>('plan-job', task);
  }

  /** Activity: scores one mini-batch on a worker thread, at most `maxConcurrencyPerInstance` of a job at once. */
  async scoreMiniBatch(task: MiniBatchTask): Promise<ActivityResult<Tally>> {
    const { maxConcurrencyPerInstance, retrySettings } = await this.#settingsOf(task.jobId);
    return this.#concurrency.run(task.jobId, maxConcurrencyPerInstance, () =>
      this.#options.workers.run<ActivityResult<Tally>>('score-mini-batch', task, {
        signal: AbortSignal.timeout(retrySettings.timeoutSeconds * 1_000),
      }),
    );
  }

  /** Activity: publishes the output, or tells what must be scored first. */
  publish({ jobId }: PlanTask): Promise<ActivityResult<Publication>> {
    return activityResult(() => publishJob(this.#options.store, jobId));
  }

  /** Throws `job-not-found`. */
  find(jobId: string): Promise<ScoringJob> {
    return this.#ledger.job(jobId);
  }

  /** True where the job's output is published, which outlives the memory of its orchestration. */
  async isPublished(job: ScoringJob): Promise<boolean> {
    return (await this.#options.store.properties(outputRef(job, SUCCESS_FILE))) !== undefined;
  }

  /** State, progress, tally and output of a job. Throws `job-not-found`. */
  async describe(jobId: string, run: JobRun | undefined): Promise<JobReport> {
    const job = await this.#ledger.job(jobId);
    const [plan, lines, isPublished] = await Promise.all([
      this.#ledger.findPlan(jobId),
      this.#ledger.listLines(jobId),
      this.isPublished(job),
    ]);
    const planned = plan && {
      rows: plan.rows,
      miniBatches: plan.miniBatches.length,
      outputFile: plan.outputFile,
    };
    const rows = lines.reduce((sum, index) => sum + (plan?.miniBatches[index]?.rows ?? 0), 0);
    const done = { miniBatches: lines.length, rows };
    return reportJob({ job, planned, done, isPublished }, run, this.#now());
  }

  /** Ids of the latest jobs, the newest first; `after` is the last id of the page before. */
  async list(
    limit: number,
    after?: string,
  ): Promise<{ readonly ids: readonly string[]; readonly hasMore: boolean }> {
    const all = (await this.#ledger.listJobs()).map(({ id }) => id);
    const start = after === undefined ? 0 : all.indexOf(after) + 1;
    return { ids: all.slice(start, start + limit), hasMore: all.length > start + limit };
  }

  #now(): Date {
    return this.#options.now?.() ?? new Date();
  }

  #deployment(endpoint: Endpoint, name: string | undefined): Deployment {
    if (name !== undefined) return deploymentNamed(endpoint, name);
    const { traffic } = endpoint;
    if (!traffic) return chooseDeployment(endpoint, 0);
    const [most] = [...endpoint.deployments].sort((a, b) => (traffic[b.name] ?? 0) - (traffic[a.name] ?? 0));
    return most ?? chooseDeployment(endpoint, 0);
  }

  async #settingsOf(jobId: string): Promise<BatchSettings> {
    const known = this.#settings.get(jobId);
    if (known) return known;
    const { settings } = await this.#ledger.job(jobId);
    if (this.#settings.size >= MOST_SETTINGS) this.#settings.clear();
    this.#settings.set(jobId, settings);
    return settings;
  }

  async #findInputs(input: JobInput): Promise<readonly [InputBlob, ...InputBlob[]]> {
    const { container } = input;
    const paths =
      input.prefix === undefined
        ? [...(input.paths ?? []), ...(input.path === undefined ? [] : [input.path])]
        : await this.#listPaths(container, input.prefix);
    const inputs: InputBlob[] = [];
    for (const path of [...new Set(paths)].sort()) {
      const properties = await this.#options.store.properties({ container, path });
      if (!properties)
        throw new ServingError('invalid-input', `there is no blob "${path}" in the container "${container}"`);
      const fingerprint = await this.#fingerprints.of({ container, path }, properties);
      inputs.push({ container, path, etag: properties.etag, sizeBytes: properties.sizeBytes, fingerprint });
    }
    const [first, ...rest] = inputs;
    if (!first) {
      throw new ServingError(
        'invalid-input',
        `there is no blob under "${input.prefix ?? ''}" in the container "${container}"`,
      );
    }
    return [first, ...rest];
  }

  async #listPaths(container: string, prefix: string): Promise<string[]> {
    if (container === CONTAINERS.ledger) throw new ServingError('invalid-input', 'the ledger is no input');
    const paths: string[] = [];
    for await (const { path } of this.#options.store.list(container, prefix)) {
      if (paths.push(path) > MAX_INPUTS) {
        throw new ServingError('invalid-input', `more than ${MAX_INPUTS} blobs are under "${prefix}"`);
      }
    }
    return paths;
  }
}
