import type { ModelVersion } from '../registry/catalog';
import type { Signature, TensorSpec } from '../registry/signature';
import { fromFloat16 } from '../tensor/float16';
import type { Datatype, Tensor } from '../tensor/tensor';
import type { PredictionColumn } from './scoring';

type PredictionType = PredictionColumn['datatype'];

/** One column of predictions and where its values come from: element `element` of the `elements` that `output` has a row. */
export interface PredictionSpec {
  readonly column: string;
  readonly output: string;
  readonly element: number;
  readonly elements: number;
  readonly datatype: PredictionType;
}

const PREDICTION_TYPES: Readonly<Record<Datatype, PredictionType>> = {
  BOOL: 'INT64',
  UINT8: 'INT64',
  UINT16: 'INT64',
  UINT32: 'INT64',
  UINT64: 'FP64',
  INT8: 'INT64',
  INT16: 'INT64',
  INT32: 'INT64',
  INT64: 'INT64',
  FP16: 'FP32',
  FP32: 'FP32',
  FP64: 'FP64',
  BYTES: 'BYTES',
};

/**
 * The prediction columns of all these models together, in order of appearance: an output `y` gives `y`, or
 * `y_0`, `y_1`, … where it has several elements a row. Where models differ in datatype the column takes the wider one.
 *
 * @param outputNames column name of an output, where it is not the output's own
 */
export function predictionSpecs(
  versions: Iterable<ModelVersion>,
  outputNames: Readonly<Record<string, string>> = {},
): PredictionSpec[] {
  const signatures = new Set<Signature>();
  for (const version of versions) signatures.add(version.signature);
  const specs = new Map<string, PredictionSpec>();
  for (const signature of signatures) {
    for (const output of signature.outputs) {
      for (const spec of specsOf(output, outputNames[output.name] ?? output.name)) {
        const known = specs.get(spec.column);
        specs.set(spec.column, known ? { ...known, datatype: wider(known.datatype, spec.datatype) } : spec);
      }
    }
  }
  return [...specs.values()];
}

/** Elements a row of an output: the product of its dimensions but the first; what varies counts as 1. */
function specsOf({ name, datatype, shape }: TensorSpec, column: string): PredictionSpec[] {
  const elements = (shape ?? []).slice(1).reduce((product, size) => product * Math.max(1, size), 1);
  return Array.from({ length: elements }, (_, element) => ({
    column: elements === 1 ? column : `${column}_${element}`,
    output: name,
    element,
    elements,
    datatype: PREDICTION_TYPES[datatype],
  }));
}

function wider(a: PredictionType, b: PredictionType): PredictionType {
  if (a === b) return a;
  return a === 'BYTES' || b === 'BYTES' ? 'BYTES' : 'FP64';
}

/** A column for all rows, each without a prediction yet: NaN, 0n or ''. */
export function emptyPredictions({ column: name, datatype }: PredictionSpec, rows: number): PredictionColumn {
  switch (datatype) {
    case 'FP32':
      return { name, datatype, values: new Float32Array(rows).fill(NaN) };
    case 'FP64':
      return { name, datatype, values: new Float64Array(rows).fill(NaN) };
    case 'INT64':
      return { name, datatype, values: new BigInt64Array(rows) };
    case 'BYTES':
      return { name, datatype, values: new Array<string>(rows).fill('') };
  }
}

/**
 * Writes the predictions of one run to their rows: result row `i` belongs to batch row `rows[i]`.
 * Calls `onNotFinite` for a batch row whose number is NaN or infinite.
 */
export function scatter(
  { element, elements }: PredictionSpec,
  tensor: Tensor,
  rows: Int32Array,
  target: PredictionColumn,
  onNotFinite: (row: number) => void,
): void {
  if (target.datatype === 'FP32' && tensor.datatype === 'FP32') {
    scatterFloats(tensor.data, element, elements, rows, target.values, onNotFinite);
    return;
  }
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] ?? 0;
    const value = valueAt(tensor, i * elements + element);
    if (typeof value === 'number' && !Number.isFinite(value)) onNotFinite(row);
    else if (target.datatype === 'BYTES') target.values[row] = String(value);
    else if (target.datatype === 'INT64') target.values[row] = BigInt(value);
    else target.values[row] = Number(value);
  }
}

function scatterFloats(
  data: Float32Array,
  element: number,
  elements: number,
  rows: Int32Array,
  target: Float32Array,
  onNotFinite: (row: number) => void,
): void {
  for (let i = 0, at = element; i < rows.length; i++, at += elements) {
    const value = data[at] ?? NaN;
    const row = rows[i] ?? 0;
    if (value - value === 0) target[row] = value;
    else onNotFinite(row);
  }
}

function valueAt(tensor: Tensor, at: number): number | bigint | string {
  if (tensor.datatype === 'FP16') return fromFloat16(tensor.data[at] ?? 0);
  return tensor.data[at] ?? NaN;
}
