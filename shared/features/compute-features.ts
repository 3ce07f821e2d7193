import { ServingError } from '../errors';
import { calendarParts, minutesOfDay } from './calendar';
import { numbersOf, textOf, timestampsOf } from './column-values';
import { featureWidth, type ColumnValues, type Feature, type FeatureSet } from './feature-set';

const HOURS_TO_MINUTES = 60;

/** Rows by column; the columns that a feature set names must be there. */
export interface FeatureRows {
  readonly rows: number;
  readonly columns: ReadonlyMap<string, ColumnValues>;
}

/**
 * The input vectors of a feature set: row-major `[rows × featureWidth(set)]`, a column at a time.
 * A missing number or timestamp makes every element of its feature NaN; missing text makes zeros.
 * Training, online and batch scoring all call this one function.
 *
 * @param order batch rows to compute, in this order; every row where absent
 * @throws ServingError `signature-mismatch` where a column is absent
 */
export function computeFeatures(set: FeatureSet, batch: FeatureRows, order?: Int32Array): Float32Array {
  const width = featureWidth(set);
  const rows = order?.length ?? batch.rows;
  const target: Target = { values: new Float32Array(rows * width), width, rows, order };
  let first = 0;
  for (const feature of set.features) {
    first += writeFeature(feature, columnOf(batch, feature.column), target, first);
  }
  return target.values;
}

interface Target {
  readonly values: Float32Array;
  readonly width: number;
  readonly rows: number;
  readonly order: Int32Array | undefined;
}

function columnOf(batch: FeatureRows, name: string): ColumnValues {
  const column = batch.columns.get(name);
  if (column) return column;
  const present = [...batch.columns.keys()].join(', ') || 'none';
  throw new ServingError('signature-mismatch', `column "${name}" is missing; columns given: ${present}`);
}

/** Writes one feature's elements from element `first` on; answers how many they are. */
function writeFeature(feature: Feature, column: ColumnValues, target: Target, first: number): number {
  switch (feature.kind) {
    case 'number':
      return writeNumber(feature, numbersOf(column), target, first);
    case 'one-hot': {
      const { codes, values } = textOf(column);
      const elementOf = new Map(feature.values.map((value, element) => [value, element]));
      const table = Int32Array.from(values, (value) => elementOf.get(value) ?? -1);
      return writeOneHot(
        (row) => table[codes[rowAt(target, row)] ?? -1] ?? -1,
        feature.values.length,
        target,
        first,
      );
    }
    case 'calendar-one-hot': {
      const parts = calendarParts(timestampsOf(column), feature.part, target.order);
      const elementOf = new Map(feature.values.map((value, element) => [value, element]));
      const table = Int32Array.from({ length: 367 }, (_, value) => elementOf.get(value) ?? -1);
      return writeOneHot((row) => elementAt(table, parts[row]), feature.values.length, target, first);
    }
    case 'calendar-cyclic':
      return writeCyclic(feature, timestampsOf(column), target, first);
  }
}

function rowAt({ order }: Target, row: number): number {
  return order ? (order[row] ?? 0) : row;
}

const MISSING = -2;

function elementAt(table: Int32Array, part: number | undefined): number {
  return part === undefined || part < 0 ? MISSING : (table[part] ?? -1);
}

function writeNumber(
  { offset, scale }: Extract<Feature, { kind: 'number' }>,
  numbers: Float64Array,
  target: Target,
  first: number,
): number {
  const { values, width, rows } = target;
  for (let row = 0, at = first; row < rows; row++, at += width) {
    values[at] = ((numbers[rowAt(target, row)] ?? NaN) - offset) / scale;
  }
  return 1;
}

/** `elementOf` answers which element is 1, −1 for none, {@link MISSING} where the row has no value. */
function writeOneHot(
  elementOf: (row: number) => number,
  size: number,
  target: Target,
  first: number,
): number {
  const { values, width, rows } = target;
  for (let row = 0, at = first; row < rows; row++, at += width) {
    const element = elementOf(row);
    if (element >= 0) values[at + element] = 1;
    else if (element === MISSING) values.fill(NaN, at, at + size);
  }
  return size;
}

/** A part has at most 1,440 values (minutes of a day), so sines and cosines come from a table. */
function writeCyclic(
  { part, period, harmonics }: Extract<Feature, { kind: 'calendar-cyclic' }>,
  epochMs: Float64Array,
  target: Target,
  first: number,
): number {
  const isHour = part === 'hour';
  const parts = isHour ? minutesOfDay(epochMs, target.order) : calendarParts(epochMs, part, target.order);
  const size = 2 * harmonics;
  const steps = isHour ? 24 * HOURS_TO_MINUTES : 367;
  const table = new Float32Array(steps * size);
  for (let step = 0; step < steps; step++) {
    const value = isHour ? step / HOURS_TO_MINUTES : step;
    for (let harmonic = 1; harmonic <= harmonics; harmonic++) {
      const angle = (2 * Math.PI * harmonic * value) / period;
      table[step * size + 2 * (harmonic - 1)] = Math.sin(angle);
      table[step * size + 2 * (harmonic - 1) + 1] = Math.cos(angle);
    }
  }
  const { values, width, rows } = target;
  for (let row = 0, at = first; row < rows; row++, at += width) {
    const step = parts[row] ?? -1;
    for (let element = 0; element < size; element++) {
      values[at + element] = step < 0 ? NaN : (table[step * size + element] ?? NaN);
    }
  }
  return size;
}
