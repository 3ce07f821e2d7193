const MIB = 1024 * 1024;

/** Command line of the batch benchmark. */
export interface BatchBenchSettings {
  readonly workers: number;
  readonly format: 'parquet' | 'csv';
  readonly sessionBudgetBytes: number;
  readonly runs: number;
}

/** `--workers=2 --format=parquet --session-mib=128 --runs=1` */
export function parseBatchBench(argv: readonly string[]): BatchBenchSettings {
  const flag = (name: string, fallback: string): string =>
    argv.find((text) => text.startsWith(`--${name}=`))?.slice(name.length + 3) ?? fallback;
  return {
    workers: Number(flag('workers', '2')),
    format: flag('format', 'parquet') === 'csv' ? 'csv' : 'parquet',
    sessionBudgetBytes: Number(flag('session-mib', '192')) * MIB,
    runs: Number(flag('runs', '1')),
  };
}
