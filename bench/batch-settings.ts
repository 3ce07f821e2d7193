import { parseArgs } from 'node:util';

/** Command line of the batch benchmark. */
export interface BatchBenchSettings {
  readonly format: 'parquet' | 'csv';
  readonly runs: number;
}

/** `--format parquet|csv --runs 3`; throws TypeError for anything else. */
export function parseBatchBench(args: readonly string[]): BatchBenchSettings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      format: { type: 'string', default: 'parquet' },
      runs: { type: 'string', default: '3' },
    },
  });
  const runs = Number(values.runs);
  if (values.format !== 'parquet' && values.format !== 'csv')
    throw new TypeError(`--format: expected parquet or csv, got "${values.format}"`);
  if (!Number.isInteger(runs) || runs < 1 || runs > 100)
    throw new TypeError(`--runs: expected a whole number from 1 to 100, got "${values.runs}"`);
  return { format: values.format, runs };
}
