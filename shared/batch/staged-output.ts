import { CONTAINERS, type BlobRef } from '../storage/blob-store';
import { quoteField } from './csv/csv-field';
import type { ScoringJob } from './job';
import type { JobPlan } from './job-plan';
import { freeName } from './job-plan';

export const REJECTS_FILE = 'rejects.csv';
export const MANIFEST_FILE = 'manifest.json';
/** Written last; who finds it may read all the rest. Spark's and Hadoop's convention. */
export const SUCCESS_FILE = '_SUCCESS';

/** Block ids of one blob have one length. A file is its head, its parts in order, its tail. */
export const HEAD_BLOCK = 'head-00000000';
export const TAIL_BLOCK = 'tail-00000000';

/** The block that a mini-batch stages. */
export function partBlock(miniBatch: number): string {
  return `part-${String(miniBatch).padStart(8, '0')}`;
}

/** A file of the job's output: `predictions/{endpoint}/{job}/{file}`. */
export function outputRef({ outputPrefix }: ScoringJob, file: string): BlobRef {
  return { container: CONTAINERS.predictions, path: `${outputPrefix}/${file}` };
}

/** Columns of the output, in order. */
export function outputColumns({ columns, textColumns, predictions, layout }: JobPlan): string[] {
  const kept = layout.format === 'csv' ? textColumns : columns;
  return [...kept, ...predictions.map(({ column }) => column), layout.modelColumn, layout.versionColumn];
}

/** Columns of the file of rejected rows: where the row stands, why it was rejected, the input's own columns. */
export function rejectsColumns({ textColumns }: JobPlan): string[] {
  const taken = new Set(textColumns);
  return [...['input', 'row', 'reason'].map((name) => freeName(name, taken)), ...textColumns];
}

export function csvHeader(columns: readonly string[]): Buffer {
  return Buffer.from(`${columns.map(quoteField).join(',')}\n`);
}
