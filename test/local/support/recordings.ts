import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface RecordedData {
  readonly string?: string;
  readonly json?: string;
  readonly bytes?: { readonly $bytes: string };
  readonly http?: Record<string, unknown>;
}

/** One invocation as the real host and its worker exchanged it. */
export interface RecordedInvocation {
  readonly request: {
    readonly invocationId: string;
    readonly inputData: readonly { readonly name: string; readonly data: RecordedData }[];
    readonly triggerMetadata: Readonly<Record<string, RecordedData>>;
  };
  readonly response: {
    readonly result: { readonly status: string };
    readonly returnValue?: RecordedData;
  };
}

const folder = join(__dirname, '../../../../shared/fixtures/functions-host/recordings');

/** Invocations by function name; undefined, with a line that says so, where the recordings are not at hand. */
export function recordings(file: string): Record<string, RecordedInvocation[]> | undefined {
  const path = join(folder, file);
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as Record<string, RecordedInvocation[]>;
  console.log(`Skipped: no recordings of the real host at ${path}`);
  return undefined;
}
