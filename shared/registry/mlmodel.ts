import { parse } from 'yaml';
import { z } from 'zod';
import { ServingError } from '../errors';

/** What serving an MLflow folder needs of its `MLmodel` file. Paths are relative to the folder. */
export interface MlModel {
  readonly onnxPath: string;
  readonly sessionOptions: MlModelSessionOptions;
  /** Execution providers by their onnxruntime-node names, in order of preference; those it has none for are left out. */
  readonly providers: readonly string[];
  /** The signature's members as they stand, each JSON in a text; undefined where the ONNX file is all there is. */
  readonly signature: {
    readonly inputs: string | undefined;
    readonly outputs: string | undefined;
    readonly params: string | undefined;
  };
  /** A ready body for `/invocations`, to try the model with. */
  readonly servingExamplePath: string | undefined;
  /** MLflow's version, run and model ids, time of logging, as free text. */
  readonly provenance: Readonly<Record<string, string>>;
}

/** Only what the file sets. */
export interface MlModelSessionOptions {
  readonly graphOptimizationLevel?: 'disabled' | 'basic' | 'extended' | 'layout' | 'all';
  readonly intraOpNumThreads?: number;
  readonly interOpNumThreads?: number;
  readonly executionMode?: 'sequential' | 'parallel';
  readonly extra?: Readonly<Record<string, string>>;
}

const MAX_BYTES = 1024 * 1024;
const LEVELS = { 0: 'disabled', 1: 'basic', 2: 'extended', 3: 'layout', 99: 'all' } as const;
const PROVIDERS: Readonly<Record<string, string>> = {
  CPUExecutionProvider: 'cpu',
  CUDAExecutionProvider: 'cuda',
  TensorrtExecutionProvider: 'tensorrt',
  DmlExecutionProvider: 'dml',
  CoreMLExecutionProvider: 'coreml',
  WebGpuExecutionProvider: 'webgpu',
};
const PROVENANCE = [
  'mlflow_version',
  'model_uuid',
  'model_id',
  'run_id',
  'utc_time_created',
  'artifact_path',
] as const;

const path = z
  .string()
  .min(1)
  .refine((text) => !/(^|[\\/])\.\.?([\\/]|$)|^[\\/]|[\\:\0]/.test(text), "a path inside the model's folder");
const texts = z.string().nullish();
const sessionOptions = z.looseObject({
  graph_optimization_level: z.literal([0, 1, 2, 3, 99]).nullish(),
  intra_op_num_threads: z.int().min(0).nullish(),
  inter_op_num_threads: z.int().min(0).nullish(),
  execution_mode: z.enum(['sequential', 'parallel']).nullish(),
  extra_session_config: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).nullish(),
});
const schema = z.looseObject({
  flavors: z.looseObject({
    onnx: z
      .looseObject({
        data: path.nullish(),
        providers: z.array(z.union([z.string(), z.array(z.unknown())])).nullish(),
        onnx_session_options: sessionOptions.nullish(),
      })
      .nullish(),
    python_function: z.looseObject({ loader_module: z.string().nullish(), data: path.nullish() }).nullish(),
  }),
  signature: z.looseObject({ inputs: texts, outputs: texts, params: texts }).nullish(),
  saved_input_example_info: z.looseObject({ serving_input_path: path.nullish() }).nullish(),
});

/**
 * Reads the `MLmodel` file of a folder that mlflow.onnx logged. Throws `invalid-model` where it is no YAML, has no ONNX
 * flavor (then the flavors it has are named), or a member is not what MLflow writes; all such members are listed.
 */
export function parseMlModel(text: string): MlModel {
  const parsed = schema.safeParse(readYaml(text));
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path: at, message }) => `${at.join('.') || 'the file'}: ${message}`,
    );
    throw invalid(problems.join('; '));
  }
  const { flavors, signature, saved_input_example_info: example } = parsed.data;
  const { onnx, python_function: python } = flavors;
  const onnxPath = onnx?.data ?? (python?.loader_module === 'mlflow.onnx' ? python.data : undefined);
  if (onnxPath === undefined || onnxPath === null) {
    throw invalid(
      `it has no ONNX model to serve; its flavors are ${Object.keys(flavors).sort().join(', ') || 'none'}`,
    );
  }
  return {
    onnxPath,
    sessionOptions: sessionOptionsOf(onnx?.onnx_session_options ?? {}),
    providers: (onnx?.providers ?? []).flatMap(providerOf),
    signature: {
      inputs: signature?.inputs ?? undefined,
      outputs: signature?.outputs ?? undefined,
      params: signature?.params ?? undefined,
    },
    servingExamplePath: example?.serving_input_path ?? undefined,
    provenance: provenanceOf(parsed.data),
  };
}

/** Where the side files that an ONNX file names lie in the folder, by the name it uses: they are its siblings. */
export function sideFilePaths(
  { onnxPath }: MlModel,
  externalData: readonly string[],
): Readonly<Record<string, string>> {
  const folder = onnxPath.slice(0, onnxPath.lastIndexOf('/') + 1);
  return Object.fromEntries(externalData.map((location) => [location, `${folder}${location}`]));
}

/** YAML without types of its own; aliases are limited by the library, so that none unfolds into gigabytes. */
function readYaml(text: string): unknown {
  if (Buffer.byteLength(text) > MAX_BYTES) throw invalid(`it is over ${MAX_BYTES} bytes long`);
  try {
    return parse(text, { logLevel: 'error' });
  } catch (error) {
    throw new ServingError(
      'invalid-model',
      `MLmodel is not valid YAML: ${error instanceof Error ? error.message : ''}`,
      {
        cause: error,
      },
    );
  }
}

function sessionOptionsOf(options: z.infer<typeof sessionOptions>): MlModelSessionOptions {
  const level = options.graph_optimization_level ?? undefined;
  const extra = Object.entries(options.extra_session_config ?? {}).map(([name, value]): [string, string] => [
    name,
    String(value),
  ]);
  return {
    ...(level !== undefined && { graphOptimizationLevel: LEVELS[level] }),
    ...(typeof options.intra_op_num_threads === 'number' && {
      intraOpNumThreads: options.intra_op_num_threads,
    }),
    ...(typeof options.inter_op_num_threads === 'number' && {
      interOpNumThreads: options.inter_op_num_threads,
    }),
    ...(typeof options.execution_mode === 'string' && { executionMode: options.execution_mode }),
    ...(extra.length > 0 && { extra: Object.fromEntries(extra) }),
  };
}

/** A provider is its name, or a pair of name and options. */
function providerOf(provider: string | readonly unknown[]): string[] {
  const name = typeof provider === 'string' ? provider : provider[0];
  const known = typeof name === 'string' ? PROVIDERS[name] : undefined;
  return known === undefined ? [] : [known];
}

function provenanceOf(document: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const pairs = PROVENANCE.flatMap((name) => {
    const value = document[name];
    return typeof value === 'string' || typeof value === 'number' ? [[name, String(value)] as const] : [];
  });
  return Object.fromEntries(pairs);
}

function invalid(reason: string): ServingError {
  return new ServingError('invalid-model', `MLmodel cannot be served: ${reason}`);
}
