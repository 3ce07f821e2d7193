import { parseArgs } from 'node:util';
import { flightsPath } from './flights-file';

export const DEMO_USAGE = `Usage: npm run demo -- [options]

Trains a delay model for every route of three million flights, serves them, and scores all flights in batch.

  --data <folder>   where everything is kept; emptied at the start   (default .polyscore/demo)
  --input <file>    a Parquet file like flights-3m.parquet           (default that of vega-datasets)
  --report <file>   where the figures go, JSON                       (default demo-report.json)
  --help            this text`;

export interface DemoOptions {
  readonly dataFolder: string;
  readonly input: string;
  readonly report: string;
}

export type DemoCommand =
  | { readonly kind: 'help' }
  | { readonly kind: 'usage'; readonly problem: string }
  | { readonly kind: 'run'; readonly options: DemoOptions };

/** Parses the arguments after the script's name. */
export function parseDemoCommand(args: readonly string[]): DemoCommand {
  const text = { type: 'string' } as const;
  const options = { data: text, input: text, report: text, help: { type: 'boolean', short: 'h' } } as const;
  try {
    const { values } = parseArgs({ args: [...args], options, strict: true });
    if (values.help === true) return { kind: 'help' };
    const empty = Object.entries(values).find(([, value]) => value === '');
    if (empty) return { kind: 'usage', problem: `--${empty[0]} needs a path` };
    return {
      kind: 'run',
      options: {
        dataFolder: values.data ?? '.polyscore/demo',
        input: values.input ?? flightsPath(),
        report: values.report ?? 'demo-report.json',
      },
    };
  } catch (error) {
    if (error instanceof TypeError) return { kind: 'usage', problem: error.message };
    throw error;
  }
}
