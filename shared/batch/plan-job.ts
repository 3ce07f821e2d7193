import path from 'node:path';
import type { ModelIndex } from '../endpoints/model-index';
import { ServingError } from '../errors';
import { requiredColumns } from '../scoring/model-inputs';
import { predictionSpecs } from '../scoring/prediction-columns';
import { aboutBlob } from './about-blob';
import { CsvPlanner } from './csv/plan-csv';
import type { InputReader } from './input-reader';
import type { FileFormat, ReadColumn } from './input-rows';
import type { InputBlob, ScoringJob } from './job';
import {
  freeName,
  outputFileName,
  packMiniBatches,
  type JobPlan,
  type MiniBatchLimits,
  type SizedSlice,
} from './job-plan';
import { MAGIC } from './parquet/footer';
import { readFooter } from './parquet/parquet-file';
import { planRowGroups } from './parquet/plan-parquet';

/** What looking into one input blob tells. */
interface InputScan {
  readonly format: FileFormat;
  readonly columns: readonly string[];
  /** Columns with their types, as text that is equal for equal schemas. */
  readonly schema: readonly string[];
  readonly textColumns: readonly string[];
  readonly rows: number;
  readonly slices: readonly SizedSlice[];
}

/**
 * Plans a job: looks into each input blob (a Parquet's end, a CSV as a stream), checks that the columns which the
 * models need are there, and cuts the input into mini-batches.
 * Throws ServingError `invalid-input` naming the blob and what is wrong with it, `model-not-found` where the
 * deployment selects no model.
 */
export async function planJob(job: ScoringJob, index: ModelIndex, reader: InputReader): Promise<JobPlan> {
  const { settings } = job;
  if (index.versions.length === 0) {
    throw new ServingError(
      'model-not-found',
      `the deployment "${job.deployment}" of "${job.endpoint}" selects no model`,
    );
  }
  const limits = { maxRows: settings.miniBatchRows, maxBytes: settings.miniBatchBytes };
  const scans: InputScan[] = [];
  for (const [number, input] of job.inputs.entries())
    scans.push(await scanInput(input, number, reader, limits));
  const [first, ...rest] = scans;
  if (!first) throw new Error(`job ${job.id} has no input`);
  rest.forEach((scan, number) => {
    requireSameColumns(first, scan, [job.inputs[0].path, job.inputs[number + 1]?.path ?? '']);
  });
  const rows = scans.reduce((sum, scan) => sum + scan.rows, 0);
  if (rows === 0) throw new ServingError('invalid-input', `${namesOf(job)} has no rows`);

  const format = settings.outputFormat === 'same' ? first.format : settings.outputFormat;
  const maxBytes = first.format === 'csv' ? limits.maxBytes : Infinity;
  const taken = new Set(first.columns);
  const claim = (wanted: string): string => {
    const name = freeName(wanted, taken);
    taken.add(name);
    return name;
  };
  return {
    format: first.format,
    rows,
    inputRows: scans.map((scan) => scan.rows),
    columns: [...first.columns],
    textColumns: [...first.textColumns],
    reads: readColumns(index, first.columns, job.inputs[0].path),
    predictions: predictionSpecs(index.versions, job.outputNames).map((spec) => ({
      ...spec,
      column: claim(spec.column),
    })),
    layout: { format, modelColumn: claim('model'), versionColumn: claim('version') },
    outputFile: outputFileName(settings.outputFileName, format),
    miniBatches: packMiniBatches(
      scans.flatMap((scan) => scan.slices),
      { maxRows: limits.maxRows, maxBytes },
    ),
  };
}

function scanInput(
  input: InputBlob,
  number: number,
  reader: InputReader,
  limits: MiniBatchLimits,
): Promise<InputScan> {
  return aboutBlob(input.path, async () => {
    if (input.sizeBytes === 0) throw new ServingError('invalid-input', 'it is empty');
    return (await formatOf(input, reader)) === 'parquet'
      ? scanParquet(input, number, reader, limits)
      : scanCsv(input, number, reader, limits);
  });
}

/** By its first bytes, then by its name: a renamed Parquet file is one, and a file called so must be one. */
async function formatOf(input: InputBlob, reader: InputReader): Promise<FileFormat> {
  const start = await reader.range(input, 0, MAGIC.length);
  const extension = path.posix.extname(input.path).toLowerCase();
  if (start.equals(MAGIC)) return 'parquet';
  if (extension === '.parquet') {
    throw new ServingError('invalid-input', 'the Parquet file is damaged: it does not begin with PAR1');
  }
  if (start[0] === 0x1f && start[1] === 0x8b)
    throw new ServingError('invalid-input', 'it is compressed with gzip; CSV and Parquet are served');
  if (['.json', '.jsonl', '.ndjson', '.avro', '.orc', '.xlsx', '.zip'].includes(extension)) {
    throw new ServingError('invalid-input', `files of type ${extension} are not served; CSV and Parquet are`);
  }
  return 'csv';
}

async function scanParquet(
  input: InputBlob,
  number: number,
  reader: InputReader,
  limits: MiniBatchLimits,
): Promise<InputScan> {
  const footer = await readFooter((start, end) => reader.range(input, start, end), input.sizeBytes);
  return {
    format: 'parquet',
    columns: footer.columns.map(({ name }) => name),
    schema: footer.columns.map(({ name, type }) => `${name} ${type}`),
    textColumns: footer.columns.filter(({ hasText }) => hasText).map(({ name }) => name),
    rows: footer.rows,
    slices: planRowGroups(footer, number, limits),
  };
}

async function scanCsv(
  input: InputBlob,
  number: number,
  reader: InputReader,
  limits: MiniBatchLimits,
): Promise<InputScan> {
  const planner = new CsvPlanner(number, limits);
  await reader.each(input, (chunk) => {
    planner.push(chunk);
  });
  const { columns, rows, slices } = planner.finish();
  return { format: 'csv', columns, schema: columns, textColumns: columns, rows, slices };
}

function requireSameColumns(a: InputScan, b: InputScan, [pathA, pathB]: readonly [string, string]): void {
  if (a.format !== b.format) {
    throw new ServingError(
      'invalid-input',
      `blob "${pathA}" is ${a.format}, "${pathB}" is ${b.format}; a job takes one format`,
    );
  }
  const at = a.schema.findIndex((column, i) => column !== b.schema[i]);
  if (at < 0 && a.schema.length === b.schema.length) return;
  const position = at < 0 ? a.schema.length : at;
  throw new ServingError(
    'invalid-input',
    `the blobs of one job need the same columns: column ${position + 1} is "${a.columns[position] ?? '(none)'}" in "${pathA}", "${b.columns[position] ?? '(none)'}" in "${pathB}"`,
  );
}

/** Columns that some model needs, and the keys that choose it. What is wanted as text and as a number is read as text. */
function readColumns(index: ModelIndex, present: readonly string[], blobPath: string): ReadColumn[] {
  const types = new Map<string, ReadColumn['type']>();
  const distinct = new Map(
    index.versions.map((version) => [version.featureSet ?? version.signature, version]),
  );
  for (const version of distinct.values()) {
    for (const { name, type } of requiredColumns(version)) {
      const known = types.get(name);
      types.set(name, known === undefined || known === type ? type : 'text');
    }
  }
  for (const name of index.keyColumns) types.set(name, 'text');
  const missing = [...types.keys()].filter((name) => !present.includes(name));
  if (missing.length > 0) {
    const list = missing.map((name) => `"${name}"`).join(', ');
    const needed = missing.length === 1 ? `the column ${list} is` : `the columns ${list} are`;
    throw new ServingError(
      'invalid-input',
      `blob "${blobPath}": ${needed} missing; it has ${present.join(', ')}`,
    );
  }
  return [...types].map(([name, type]) => ({ name, type }));
}

function namesOf({ inputs }: ScoringJob): string {
  return inputs.length === 1 ? `blob "${inputs[0].path}"` : `the input (${inputs.length} blobs)`;
}
