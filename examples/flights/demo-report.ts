import { writeFileSync } from 'node:fs';
import os from 'node:os';
import type { Accuracy } from './accuracy';
import type { OnlineFigures } from './online-scoring';
import type { PublishedAccuracy } from './published-output';

/** `demo-report.json`: every figure of a run of the demo. Errors in minutes, times in the unit of their name. */
export interface DemoReport {
  readonly machine: { readonly cpus: number; readonly cpu: string; readonly node: string };
  readonly seconds: number;
  readonly start: { readonly seconds: number };
  readonly train: {
    readonly seconds: number;
    readonly flights: number;
    readonly routes: number;
    /** Route models: what the issue calls models. */
    readonly models: number;
    readonly originModels: number;
    /** Flights from here on judge; ISO 8601. */
    readonly splitAt: string;
  };
  readonly accuracy: Readonly<Record<'route' | 'origin' | 'routeAfterSelection', Accuracy>> & {
    readonly published: PublishedAccuracy;
  };
  readonly promotion: {
    readonly seconds: number;
    readonly promoted: number;
    readonly promotedRoutes: number;
    readonly rejected: number;
    readonly reasons: Readonly<Record<string, number>>;
  };
  readonly discovery: { readonly endpoints: number; readonly modelCount: number };
  readonly online: OnlineFigures;
  readonly batch: BatchFigures;
  /** Of the host's process. */
  readonly peakRssMiB: number;
}

/** From the start of the upload to the published output. */
export interface BatchFigures {
  readonly jobId: string;
  readonly rowsIn: number;
  readonly rowsScored: number;
  readonly rowsRejected: number;
  readonly seconds: number;
  readonly rowsPerSecond: number;
  /** Models that scored at least one row. */
  readonly models: number;
  readonly inputBytes: number;
  readonly outputBytes: number;
  /** `predictions/…` in the storage account. */
  readonly output: string;
}

export function describeMachine(): DemoReport['machine'] {
  const cpus = os.cpus();
  return { cpus: cpus.length, cpu: cpus[0]?.model ?? 'unknown', node: process.version };
}

export function writeReport(file: string, report: DemoReport): void {
  writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`);
}
