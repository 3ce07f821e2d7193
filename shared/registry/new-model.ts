import { ServingError, type Violation } from '../errors';
import { featureWidth, type FeatureSet } from '../features/feature-set';
import { type Manifest, manifestSchema } from './manifest';
import { modelDigest } from './model-digest';
import { readOnnx, type OnnxSummary } from './onnx-reader';
import { checkServable } from './onnx-rewrite/check-servable';
import { rewriteOnnx } from './onnx-rewrite/rewrite-onnx';
import type { Signature } from './signature';

/** A model version to register; digest and signature come from the file itself. */
export interface NewModel {
  readonly name: string;
  readonly version: string;
  readonly onnx: Uint8Array;
  /** Side files by the location that the ONNX file names. */
  readonly externalData?: Readonly<Record<string, Uint8Array>>;
  readonly description?: string | undefined;
  readonly featureSet?: FeatureSet | undefined;
  readonly tags?: Readonly<Record<string, string>>;
  readonly metrics?: Readonly<Record<string, number>>;
  readonly provenance?: Readonly<Record<string, string>>;
}

export interface DescribedModel {
  readonly model: NewModel;
  readonly manifest: Manifest;
}

/**
 * The manifest of a new model, read from its file. Throws ServingError `invalid-model` with every reason
 * why it cannot be served, or why what is said about it is not valid.
 */
export function describeModel(model: NewModel): Manifest {
  const { name, version, onnx, externalData = {} } = model;
  const { summary, reasons } = readServed(model);
  const problems = [...checkSideFiles(summary, externalData), ...checkFeatureSet(summary.signature, model)];
  const parsed = manifestSchema.safeParse({
    name,
    version,
    format: 'onnx',
    digest: modelDigest(onnx, externalData),
    sizeBytes: onnx.byteLength + Object.values(externalData).reduce((sum, file) => sum + file.byteLength, 0),
    ...(model.description !== undefined && { description: model.description }),
    signature: summary.signature,
    ...(model.featureSet && { featureSet: model.featureSet }),
    tags: model.tags ?? {},
    metrics: model.metrics ?? {},
    provenance: model.provenance ?? {},
  });
  if (!parsed.success) {
    problems.push(
      ...parsed.error.issues.map(({ path, message }) => problem(`/${path.join('/')}`, message, 'not that')),
    );
  }
  if (reasons.length > 0 || problems.length > 0 || !parsed.success) {
    throw notServable(model, reasons, problems);
  }
  return parsed.data;
}

/** Side files that are missing or unasked for. */
function checkSideFiles(summary: OnnxSummary, externalData: Readonly<Record<string, unknown>>): Violation[] {
  const problems: Violation[] = [];
  const given = Object.keys(externalData);
  for (const location of summary.externalData.filter((wanted) => !given.includes(wanted))) {
    problems.push(problem(`/externalData/${location}`, 'the side file', 'nothing'));
  }
  for (const location of given.filter((file) => !summary.externalData.includes(file))) {
    problems.push(problem(`/externalData/${location}`, 'no file: the model names none such', location));
  }
  return problems;
}

/** Where a model has a feature set: its input takes rows of just as many numbers, and is the only one. */
function checkFeatureSet(
  signature: Signature,
  { featureSet }: { readonly featureSet?: FeatureSet | undefined },
): Violation[] {
  if (featureSet === undefined) return [];
  const width = featureWidth(featureSet);
  const expected = `FP32 [rows, ${width}] named ${featureSet.input}, and no other input`;
  const [input, ...others] = signature.inputs;
  const isFit =
    others.length === 0 &&
    input?.name === featureSet.input &&
    input.datatype === 'FP32' &&
    (input.shape === undefined || (input.shape.length === 2 && [-1, width].includes(input.shape[1] ?? 0)));
  if (isFit) return [];
  const received = signature.inputs.map(
    ({ name, datatype, shape }) => `${name}: ${datatype} [${shape?.join(', ') ?? 'any rank'}]`,
  );
  return [problem('/featureSet/input', expected, received.join(', ') || 'no input')];
}

/** The model as the engine loads it, which is after rewriting, and why it cannot be served. */
function readServed({ name, version, onnx }: NewModel): {
  summary: OnnxSummary;
  reasons: readonly string[];
} {
  try {
    const { bytes } = rewriteOnnx(onnx);
    const summary = readOnnx(bytes);
    return { summary, reasons: checkServable(bytes, summary) };
  } catch (error) {
    if (!(error instanceof ServingError)) throw error;
    throw new ServingError('invalid-model', `Model ${name} version ${version}: ${error.message}`, {
      cause: error,
    });
  }
}

function notServable(
  { name, version }: NewModel,
  reasons: readonly string[],
  problems: readonly Violation[],
): ServingError {
  const texts = problems.map(
    ({ pointer, expected, received }) => `${pointer}: expected ${expected}, there is ${received}`,
  );
  const detail = `Model ${name} version ${version}: ${[...reasons, ...texts].join('; ')}`;
  return new ServingError('invalid-model', detail, { violations: problems });
}

function problem(pointer: string, expected: string, received: string): Violation {
  return { pointer, expected, received };
}
