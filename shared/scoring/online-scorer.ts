import { chooseDeployment, deploymentNamed } from '../endpoints/choose-deployment';
import type { Deployment, Endpoint } from '../endpoints/endpoint';
import type { ModelIndex } from '../endpoints/model-index';
import { ModelIndexes } from '../endpoints/model-indexes';
import { nearestNames } from '../endpoints/nearest-names';
import { ServingError } from '../errors';
import { type Catalog, type CatalogModel, type ModelVersion, resolveVersion } from '../registry/catalog';
import { withinDeadline } from '../runtime/deadline';
import type { SessionLease } from '../runtime/engine';
import type { Tensors } from '../tensor/tensor';
import { OnlineCounters } from './online-counters';
import { type RowColumn, rowColumns } from './row-columns';
import { parseRowRecords } from './row-records';
import { scoreColumns } from './score-columns';
import type { ScoredBatch } from './scoring';

/** The alias that a caller who names no version gets, where the model has it; else the latest version. */
const DEFAULT_ALIAS = 'champion';

export interface OnlineScorerParts {
  readonly endpoints: { get(name: string): Promise<Endpoint> };
  /** The production registry. */
  readonly models: { catalog(): Promise<Catalog> };
  readonly sessions: {
    lease(version: ModelVersion, deadline?: number): Promise<SessionLease>;
    prefetch?(versions: readonly ModelVersion[]): Promise<void>;
    failure?(version: ModelVersion): string | undefined;
  };
  /** Shared with batch scoring; own ones by default. */
  readonly indexes?: ModelIndexes;
  /** Most rows of one request. */
  readonly maxRows: number;
  /** In [0, 1): chooses the deployment by traffic. */
  readonly random?: () => number;
  readonly now?: () => number;
}

/** How the sessions of one request were come by. */
export interface CacheUse {
  readonly cache: 'hit' | 'miss';
  /** Time that the request waited for loads. */
  readonly loadMs: number;
}

export interface RowScores extends CacheUse {
  readonly endpoint: string;
  readonly deployment: string;
  readonly scored: ScoredBatch;
}

export interface Inference extends CacheUse {
  readonly tensors: Tensors;
}

export interface FoundModel {
  readonly model: CatalogModel;
  readonly version: ModelVersion;
}

/** Online scoring, free of any wire format: finds the models, leases their sessions, runs them. */
export class OnlineScorer {
  readonly counters = new OnlineCounters();
  readonly #parts: OnlineScorerParts;
  readonly #indexes: ModelIndexes;
  readonly #columns = new WeakMap<ModelIndex, readonly RowColumn[]>();

  constructor(parts: OnlineScorerParts) {
    this.#parts = parts;
    this.#indexes = parts.indexes ?? new ModelIndexes();
  }

  /**
   * Scores row records, each row by its own model. A row that cannot be scored is rejected in the result; a body that
   * does not fit the endpoint's columns throws `signature-mismatch` with all problems.
   * @param request.deployment by name; chosen by traffic where absent
   * @param request.deadline ms since 1970
   */
  async scoreRows(request: {
    readonly endpoint: string;
    readonly deployment?: string | undefined;
    readonly body: unknown;
    readonly deadline: number;
  }): Promise<RowScores> {
    const endpoint = await this.#parts.endpoints.get(request.endpoint);
    const { random = Math.random, maxRows } = this.#parts;
    const deployment =
      request.deployment === undefined
        ? chooseDeployment(endpoint, random() * 100)
        : deploymentNamed(endpoint, request.deployment);
    const index = await this.index(deployment);
    const batch = parseRowRecords(request.body, this.columns(index), maxRows);
    const use = new UseOfSessions(this.#parts.sessions, request.deadline);
    const scoring = scoreColumns(batch, index, use, { outputNames: endpoint.outputNames });
    const scored = await this.#inTime(scoring, request.deadline);
    this.counters.addRows(endpoint.name, deployment.name, scored);
    return { endpoint: endpoint.name, deployment: deployment.name, scored, ...use.summary() };
  }

  /** The model index of a deployment over the registry's current catalog. */
  async index({ selector }: Deployment): Promise<ModelIndex> {
    return this.#indexes.of(await this.#parts.models.catalog(), selector);
  }

  /** The columns that row records for this index have. */
  columns(index: ModelIndex): readonly RowColumn[] {
    const known = this.#columns.get(index);
    if (known) return known;
    const columns = rowColumns(index);
    this.#columns.set(index, columns);
    return columns;
  }

  /** A model by name and by version or alias; its champion, else its latest version, where none is given. */
  async find(name: string, wanted?: string): Promise<FoundModel> {
    const { models } = await this.#parts.models.catalog();
    const model = models.get(name);
    if (!model) {
      const near = nearestNames(name, models.size > 2_000 ? [] : [...models.keys()]);
      const hint = near.length === 0 ? '' : `; near it: ${near.join(', ')}`;
      throw new ServingError('model-not-found', `There is no model "${name}"${hint}`);
    }
    const version =
      wanted === undefined
        ? (resolveVersion(model, { alias: DEFAULT_ALIAS }) ?? resolveVersion(model, { latest: true }))
        : (resolveVersion(model, { version: wanted }) ?? resolveVersion(model, { alias: wanted }));
    if (version) return { model, version };
    const versions = model.versions.map((known) => known.version).join(', ');
    throw new ServingError(
      'model-not-found',
      `Model "${name}" has no version "${wanted ?? ''}"; it has ${versions}`,
    );
  }

  /** Runs one model. The tensors fit its signature: the protocol's check has seen to that. */
  async infer(
    version: ModelVersion,
    inputs: Tensors,
    outputs: readonly string[],
    deadline: number,
  ): Promise<Inference> {
    const started = this.#now();
    try {
      using lease = await this.#parts.sessions.lease(version, deadline);
      const tensors = await this.#inTime(lease.session.run(inputs, outputs), deadline);
      this.counters.addInference(version, 'success', this.#now() - started);
      return { tensors, cache: lease.cache, loadMs: lease.loadMs };
    } catch (error) {
      this.counters.addInference(version, 'failure', this.#now() - started);
      throw error;
    }
  }

  #inTime<T>(work: Promise<T>, deadline: number): Promise<T> {
    const late = (): ServingError =>
      new ServingError('deadline-exceeded', 'The model did not answer in time');
    return withinDeadline(work, deadline - this.#now(), late);
  }

  #now(): number {
    return (this.#parts.now ?? Date.now)();
  }
}

/** A request's view of the sessions: with its deadline, and summing up what it waited for. */
class UseOfSessions {
  readonly #sessions: OnlineScorerParts['sessions'];
  readonly #deadline: number;
  #misses = 0;
  #loadMs = 0;

  constructor(sessions: OnlineScorerParts['sessions'], deadline: number) {
    this.#sessions = sessions;
    this.#deadline = deadline;
  }

  async lease(version: ModelVersion): Promise<SessionLease> {
    const lease = await this.#sessions.lease(version, this.#deadline);
    if (lease.cache === 'miss') this.#misses += 1;
    this.#loadMs += lease.loadMs;
    return lease;
  }

  async prefetch(versions: readonly ModelVersion[]): Promise<void> {
    await this.#sessions.prefetch?.(versions);
  }

  failure(version: ModelVersion): string | undefined {
    return this.#sessions.failure?.(version);
  }

  summary(): CacheUse {
    return { cache: this.#misses > 0 ? 'miss' : 'hit', loadMs: this.#loadMs };
  }
}
