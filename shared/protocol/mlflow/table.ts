import { isJsonArray, isJsonObject, type JsonArray, type JsonObject, type JsonValue } from '../json-document';
import { NumberArray } from '../json-numbers';

export interface TableColumn {
  /** Undefined where the table came without names. */
  readonly name: string | undefined;
  /** One value a row; null where missing. Texts of a CSV are not yet read as numbers. */
  readonly values: readonly JsonValue[];
}

/** Rows and columns of a request, before anything is known of the model. */
export interface Table {
  /** Where it stands in the request: a JSON pointer, or words for a CSV. */
  readonly place: string;
  readonly rows: number;
  readonly columns: readonly TableColumn[];
  /** All cells, where they are numbers only and came row by row. */
  readonly matrix?: NumberArray;
  /** JSON pointer of a cell; both indexes from 0. */
  readonly pointer: (row: number, column: number) => string;
}

/**
 * A table out of rows of cells, which stand at `place`. A broken row is answered by its index, −1 for no rows at all.
 * Without `names` its columns have none.
 */
export function tableOfRows(
  data: JsonValue | undefined,
  names: readonly string[] | undefined,
  place: string,
): Table | { readonly brokenRow: number } {
  if (data instanceof NumberArray && data.shape?.length === 2) return tableOfMatrix(data, names, place);
  const rows = cellsOf(data);
  if (rows === undefined) return { brokenRow: -1 };
  const cells = rows.map(cellsOf);
  const width = names?.length ?? cells[0]?.length ?? 0;
  const brokenRow = cells.findIndex((row) => row?.length !== width);
  if (brokenRow !== -1) return { brokenRow };
  const columns = Array.from({ length: width }, (_, column) => ({
    name: names?.[column],
    values: cells.map((row) => row?.[column] ?? null),
  }));
  return { place, rows: rows.length, columns, pointer: cellPointer(place) };
}

/** A table out of objects, one a row: columns in the order in which they first come up; a missing member is null. */
export function tableOfRecords(data: JsonArray, place: string): Table | { readonly brokenRow: number } {
  const records: JsonObject[] = [];
  const known = new Set<string>();
  for (const [row, record] of data.entries()) {
    if (!isJsonObject(record)) return { brokenRow: row };
    records.push(record);
    for (const name of record.keys()) known.add(name);
  }
  const names = [...known];
  // A column is made when it is asked for: many records, each with names of its own, must not take rows × columns.
  const columns = names.map((name) => ({
    name,
    get values() {
      return records.map((record) => record.get(name) ?? null);
    },
  }));
  return {
    place,
    rows: records.length,
    columns,
    pointer: (row, column) => `${place}/${row}/${escapePointer(names[column] ?? '')}`,
  };
}

/** The members of an array, with numbers unpacked; undefined for anything else. */
export function cellsOf(value: JsonValue | undefined): JsonArray | undefined {
  if (value instanceof NumberArray) {
    const isFlat = value.shape?.length === 1 && value.isExact;
    return isFlat ? Array.from(value.values) : value.toArrays();
  }
  return isJsonArray(value) ? value : undefined;
}

function cellPointer(place: string): Table['pointer'] {
  return (row, column) => `${place}/${row}/${column}`;
}

/** RFC 6901. */
export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function tableOfMatrix(
  matrix: NumberArray,
  names: readonly string[] | undefined,
  place: string,
): Table | { readonly brokenRow: number } {
  const [rows = 0, width = 0] = matrix.shape ?? [];
  if (names !== undefined && names.length !== width) return { brokenRow: 0 };
  const cells: ArrayLike<JsonValue> = matrix.isExact ? matrix.values : matrix.toArrays().flat();
  const columns = Array.from({ length: width }, (_, column) => ({
    name: names?.[column],
    get values() {
      return Array.from({ length: rows }, (__, row) => cells[row * width + column] ?? null);
    },
  }));
  return { place, rows, columns, matrix, pointer: cellPointer(place) };
}
