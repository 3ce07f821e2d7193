import type { ColumnValues, FeatureSet } from '../../shared/features/feature-set';
import type { ModelVersion } from '../../shared/registry/catalog';
import { readOnnx } from '../../shared/registry/onnx-reader';
import type { InferenceSession } from '../../shared/runtime/engine';
import { createOnnxEngine } from '../../shared/runtime/onnx-engine';
import type { ModelLookup } from '../../shared/scoring/choose-models';
import type { SessionSource } from '../../shared/scoring/score-columns';

const featureSet: FeatureSet = {
  input: 'x',
  columns: [{ name: 'distance', type: 'number' }],
  features: [{ kind: 'number', column: 'distance', offset: 0, scale: 1 }],
};

export interface TestModel {
  readonly version: ModelVersion;
  readonly onnx: Buffer;
}

export function model(
  name: string,
  onnx: Buffer,
  options: { featureSet?: FeatureSet } = { featureSet },
): TestModel {
  const { signature } = readOnnx(onnx);
  const version: ModelVersion = {
    model: name,
    version: '1',
    location: { kind: 'folder', prefix: name },
    digest: name,
    sizeBytes: onnx.length,
    signature,
    featureSet: options.featureSet,
    tags: {},
    metrics: {},
  };
  return { version, onnx };
}

/** Real onnxruntime sessions, with a record of what was leased, prefetched and run. */
export function sessionsOf(models: readonly TestModel[], broken: Record<string, Error> = {}) {
  const engine = createOnnxEngine();
  const loaded = new Map<string, Promise<InferenceSession>>();
  const runs: string[] = [];
  const prefetched: string[][] = [];
  const source: SessionSource = {
    prefetch: (versions) => {
      prefetched.push(versions.map((version) => version.model));
      return Promise.resolve();
    },
    lease: async (version) => {
      const error = broken[version.model];
      if (error) throw error;
      const { onnx } = models.find((other) => other.version === version) ?? { onnx: Buffer.alloc(0) };
      const loading = loaded.get(version.model) ?? engine.load({ onnx, externalData: {} });
      loaded.set(version.model, loading);
      const session = await loading;
      const counted: InferenceSession = {
        signature: session.signature,
        sizeBytes: session.sizeBytes,
        run: (inputs, outputs) => {
          runs.push(version.model);
          return session.run(inputs, outputs);
        },
        dispose: () => session.dispose(),
      };
      return { session: counted, cache: 'hit', loadMs: 0, [Symbol.dispose]: () => undefined };
    },
  };
  return { source, runs, prefetched };
}

export function text(values: readonly (string | undefined)[]): ColumnValues {
  const dictionary = [...new Set(values)].filter((value) => value !== undefined);
  return {
    type: 'text',
    codes: Int32Array.from(values, (value) => (value === undefined ? -1 : dictionary.indexOf(value))),
    values: dictionary,
  };
}

export function numbers(values: readonly number[]): ColumnValues {
  return { type: 'number', values: Float64Array.from(values) };
}

export function batchOf(columns: Record<string, ColumnValues>, rows: number) {
  return { rows, columns: new Map(Object.entries(columns)) };
}

export function byOrigin(
  models: Record<string, TestModel>,
  noMatch: 'reject' | 'skip' = 'reject',
): ModelLookup {
  return {
    keyColumns: ['origin'],
    noMatch,
    resolve: ({ origin }) => (origin === undefined ? undefined : models[origin]?.version),
  };
}

export function only({ version }: TestModel): ModelLookup {
  return { keyColumns: [], resolve: () => version };
}
