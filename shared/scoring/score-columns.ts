import { ServingError, type ErrorCode } from '../errors';
import { computeFeatures } from '../features/compute-features';
import { featureWidth } from '../features/feature-set';
import type { ModelVersion } from '../registry/catalog';
import type { SessionLease } from '../runtime/engine';
import type { Tensors } from '../tensor/tensor';
import { chooseModels, featureSetRuns, type ModelLookup } from './choose-models';
import { sortByBucket, type SortedRows } from './group-rows';
import { inputsByName, markIncompleteRows, requiredColumns } from './model-inputs';
import { emptyPredictions, predictionSpecs, scatter, type PredictionSpec } from './prediction-columns';
import type { ColumnBatch, PredictionColumn, ScoredBatch } from './scoring';

export interface SessionSource {
  lease(version: ModelVersion): Promise<SessionLease>;
  /** Told which models come, before the first lease, so that their bytes are fetched together. */
  prefetch?(versions: readonly ModelVersion[]): Promise<void>;
  /** Why the version cannot be loaded, where that is known: its rows are rejected with this reason. */
  failure?(version: ModelVersion): string | undefined;
}

export interface ScoreOptions {
  /** The prediction columns; default: those of the models that take part. */
  readonly specs?: readonly PredictionSpec[];
  readonly outputNames?: Readonly<Record<string, string>>;
  /** Rows that the reader could not read, with the reason; they are not scored. */
  readonly unreadable?: ReadonlyMap<number, string>;
}

/** Rows whose features are computed at once: bounds memory to this times the feature set's width times 4 bytes. */
const CHUNK_ROWS = 65_536;

/** Failures that a retry may mend; any other failure of a model rejects its rows only. */
const FAULTS: readonly ErrorCode[] = [
  'storage-unavailable',
  'model-unavailable',
  'overloaded',
  'deadline-exceeded',
];

/**
 * Scores rows with the model that each row's keys select: rows are sorted by model, features computed in that
 * order, every model run once per chunk over its rows, results scattered back. A broken model, a missing value
 * or a prediction that is not finite rejects the rows concerned, with the reason.
 *
 * Throws ServingError for faults worth a retry (storage, overload, deadline).
 */
export async function scoreColumns(
  batch: ColumnBatch,
  lookup: ModelLookup,
  sessions: SessionSource,
  options: ScoreOptions = {},
): Promise<ScoredBatch> {
  const rejected = new Map(options.unreadable ?? []);
  const { models, modelOfRow } = chooseModels(batch, lookup, rejected);
  const specs = options.specs ?? predictionSpecs(models, options.outputNames);
  const predictions = specs.map((spec) => emptyPredictions(spec, batch.rows));
  const run: Run = { batch, models, sessions, specs, predictions, rejected };

  const isScorable = modelOfRow.map((model, row) => (rejected.has(row) ? -1 : model));
  const complete = rejectIncomplete(run, isScorable);
  await sessions.prefetch?.(
    models.filter((_, model) => complete.starts[model] !== complete.starts[model + 1]),
  );
  for (const [from, to] of featureSetRuns(models)) await scoreModels(run, complete, from, to);
  return { predictions, models, modelOfRow, rejected };
}

interface Run {
  readonly batch: ColumnBatch;
  readonly models: readonly ModelVersion[];
  readonly sessions: SessionSource;
  readonly specs: readonly PredictionSpec[];
  readonly predictions: readonly PredictionColumn[];
  readonly rejected: Map<number, string>;
}

/** Sorts rows by model and rejects those that lack what their model needs. */
function rejectIncomplete({ batch, models, rejected }: Run, modelOfRow: Int32Array): SortedRows {
  const sorted = sortByBucket(modelOfRow, models.length);
  const before = rejected.size;
  for (const [from, to] of featureSetRuns(models)) {
    const [model] = models.slice(from, from + 1);
    const rows = sorted.order.subarray(sorted.starts[from], sorted.starts[to]);
    if (model) markIncompleteRows(batch, requiredColumns(model), rows, rejected);
  }
  if (rejected.size === before) return sorted;
  return sortByBucket(
    modelOfRow.map((model, row) => (rejected.has(row) ? -1 : model)),
    models.length,
  );
}

/** Scores the models `from` (inclusive) to `to` (exclusive), which share a feature set, chunk by chunk. */
async function scoreModels(run: Run, { order, starts }: SortedRows, from: number, to: number): Promise<void> {
  const end = starts[to] ?? 0;
  let model = from;
  for (let chunkStart = starts[from] ?? 0; chunkStart < end; chunkStart += CHUNK_ROWS) {
    const chunkEnd = Math.min(chunkStart + CHUNK_ROWS, end);
    const set = run.models[from]?.featureSet;
    const features = set && computeFeatures(set, run.batch, order.subarray(chunkStart, chunkEnd));
    const width = set ? featureWidth(set) : 0;
    for (let at = chunkStart; at < chunkEnd;) {
      while ((starts[model + 1] ?? end) <= at) model++;
      const stop = Math.min(starts[model + 1] ?? end, chunkEnd);
      const vectors = features?.subarray((at - chunkStart) * width, (stop - chunkStart) * width);
      const version = run.models[model];
      if (version) await scoreModel(run, version, order.subarray(at, stop), vectors);
      at = stop;
    }
  }
}

async function scoreModel(
  run: Run,
  version: ModelVersion,
  rows: Int32Array,
  vectors: Float32Array | undefined,
): Promise<void> {
  try {
    using lease = await run.sessions.lease(version);
    const step = rowsPerRun(version, rows.length);
    for (let at = 0; at < rows.length; at += step) {
      const some = rows.subarray(at, at + step);
      const inputs = inputsOf(run, version, some, vectors, at);
      const names = new Set(specsOf(run, version).map(({ output }) => output));
      keepPredictions(run, version, await lease.session.run(inputs, [...names]), some);
    }
  } catch (error) {
    const reason = reasonToReject(error, version, run.sessions);
    if (reason === undefined) throw error;
    for (const row of rows) run.rejected.set(row, reason);
  }
}

/** Undefined for a fault that a retry may mend. A model that is known to be broken is no such fault. */
function reasonToReject(error: unknown, version: ModelVersion, sessions: SessionSource): string | undefined {
  if (!(error instanceof ServingError)) return undefined;
  const failure = error.code === 'model-unavailable' ? sessions.failure?.(version) : undefined;
  if (failure !== undefined) return `model ${version.model} version ${version.version}: ${failure}`;
  return FAULTS.includes(error.code) ? undefined : error.message;
}

/** All rows in one run where the model has a batch axis, one row a run where its first dimension is fixed to 1. */
function rowsPerRun({ model, signature }: ModelVersion, rows: number): number {
  const sizes = signature.inputs.map(({ shape }) => shape?.[0] ?? -1);
  if (sizes.every((size) => size === -1)) return rows;
  if (sizes.every((size) => size === -1 || size === 1)) return 1;
  throw new ServingError(
    'signature-mismatch',
    `model ${model} takes a fixed number of rows (${sizes.join(', ')})`,
  );
}

function inputsOf(
  run: Run,
  version: ModelVersion,
  rows: Int32Array,
  vectors: Float32Array | undefined,
  at: number,
): Tensors {
  if (!version.featureSet || !vectors) return inputsByName(version, run.batch, rows);
  const width = featureWidth(version.featureSet);
  const data = vectors.subarray(at * width, (at + rows.length) * width);
  return { [version.featureSet.input]: { datatype: 'FP32', shape: [rows.length, width], data } };
}

function specsOf({ specs }: Run, { signature }: ModelVersion): readonly PredictionSpec[] {
  return specs.filter(({ output }) => signature.outputs.some(({ name }) => name === output));
}

function keepPredictions(run: Run, version: ModelVersion, results: Tensors, rows: Int32Array): void {
  run.specs.forEach((spec, number) => {
    const target = run.predictions[number];
    const tensor = results[spec.output];
    if (!target || !tensor) return;
    if (tensor.data.length !== rows.length * spec.elements) {
      const got = tensor.data.length / rows.length;
      if (run.specs.some((other) => other.output === spec.output && other.elements === got)) return;
      throw new ServingError(
        'signature-mismatch',
        `output "${spec.output}" of model ${version.model} has ${got} elements a row, expected ${spec.elements}`,
      );
    }
    scatter(spec, tensor, rows, target, (row) => {
      run.rejected.set(row, `model ${version.model} gave a prediction that is not a finite number`);
    });
  });
}
