import { ServingError } from '../../errors';
import {
  describeJson,
  isJsonArray,
  isJsonObject,
  parseJson,
  type JsonObject,
  type JsonValue,
} from '../json-document';
import { NumberArray } from '../json-numbers';
import { parseCsvTable } from './csv-table';
import { cellsOf, escapePointer, tableOfRecords, tableOfRows, type Table } from './table';

/** What a model is asked to score, before anything is known of the model. */
export type ModelInput =
  | { readonly kind: 'table'; readonly table: Table }
  | { readonly kind: 'named'; readonly tensors: JsonObject; readonly pointer: string }
  | { readonly kind: 'array'; readonly value: JsonValue; readonly pointer: string };

export interface Invocation {
  readonly input: ModelInput;
  /** The request's `params`; undefined where it has none. */
  readonly params: JsonObject | undefined;
}

const KEYS = ['dataframe_split', 'dataframe_records', 'instances', 'inputs'] as const;
/** Names that an error lists. */
const MOST_NAMED = 10;
const SPLIT_KEYS = ['columns', 'index', 'data'];

/**
 * Reads the body of `POST /invocations` (MLflow's scoring protocol). Without a content type it is JSON. Throws
 * `unsupported-media-type` for another type or charset, `invalid-payload` for what is none of MLflow's forms.
 */
export function parseInvocation(body: Uint8Array, contentType: string | undefined): Invocation {
  if (parseContentType(contentType) === 'text/csv') {
    return { input: { kind: 'table', table: parseCsvTable(body) }, params: undefined };
  }
  const document = parseJson(body);
  if (!isJsonObject(document)) throw refused('', `an object with one of ${KEYS.join(', ')}`, document);
  const [key, ...others] = KEYS.filter((each) => document.has(each));
  if (key === undefined || others.length > 0) {
    const received = key === undefined ? 'none of them' : [key, ...others].join(' and ');
    throw refused('', `exactly one of ${KEYS.join(', ')}`, undefined, received);
  }
  return { input: readForm(key, document.get(key) ?? null), params: readParams(document) };
}

/** The request's `params`. Throws `invalid-payload` where they are no object. */
export function readParams(document: JsonObject): JsonObject | undefined {
  const params = document.get('params') ?? undefined;
  if (params === undefined || isJsonObject(params)) return params;
  throw refused('/params', 'an object', params);
}

/** A table as `DataFrame.to_dict(orient="split")` writes it, at `pointer`. */
export function readSplit(split: JsonValue, pointer: string): ModelInput {
  if (!isJsonObject(split)) throw refused(pointer, `an object of ${SPLIT_KEYS.join(', ')}`, split);
  const unknown = [...split.keys()].find((name) => !SPLIT_KEYS.includes(name));
  if (unknown !== undefined) {
    throw refused(
      `${pointer}/${escapePointer(unknown)}`,
      `only ${SPLIT_KEYS.join(', ')}`,
      undefined,
      'a member of that name',
    );
  }
  const names = split.has('columns') ? cellsOf(split.get('columns'))?.map(nameOf) : undefined;
  if (split.has('columns') && names === undefined)
    throw refused(`${pointer}/columns`, 'an array', split.get('columns'));
  const table = tableOfRows(split.get('data'), names, `${pointer}/data`);
  if (!('brokenRow' in table)) return { kind: 'table', table };
  if (table.brokenRow === -1) throw refused(`${pointer}/data`, 'an array of rows', split.get('data'));
  const row = cellsOf(split.get('data'))?.[table.brokenRow];
  const received = cellsOf(row) === undefined ? describeJson(row) : `${cellsOf(row)?.length ?? 0} cells`;
  const width =
    names === undefined ? 'as many cells as the first row' : `${names.length} cells, one a column`;
  throw refused(`${pointer}/data/${table.brokenRow}`, `an array of ${width}`, undefined, received);
}

/** A table as `DataFrame.to_dict(orient="records")` writes it, at `pointer`. */
export function readRecords(records: JsonValue, pointer: string): ModelInput {
  if (!isJsonArray(records)) throw refused(pointer, 'an array of objects', records);
  const table = tableOfRecords(records, pointer);
  if ('brokenRow' in table)
    throw refused(`${pointer}/${table.brokenRow}`, 'an object', records[table.brokenRow]);
  return { kind: 'table', table };
}

/** Arrays by input name, or one array, at `pointer`. */
export function readInputs(value: JsonValue, pointer: string): ModelInput {
  return isJsonObject(value) ? { kind: 'named', tensors: value, pointer } : readArray(value, pointer);
}

/** One value or one object a row, at `pointer`. Objects, which must be alike, are turned into one array a name. */
export function readInstances(value: JsonValue, pointer: string): ModelInput {
  if (!isJsonArray(value) || !isJsonObject(value[0])) return readArray(value, pointer);
  const table = tableOfRecords(value, pointer);
  if ('brokenRow' in table)
    throw refused(`${pointer}/${table.brokenRow}`, 'an object, like the first', value[table.brokenRow]);
  for (const [row, instance] of value.entries()) {
    if (isJsonObject(instance) && instance.size === table.columns.length) continue;
    const names = table.columns.slice(0, MOST_NAMED).map(({ name }) => name);
    const more = table.columns.length > names.length ? ', …' : '';
    throw refused(`${pointer}/${row}`, `an object of ${names.join(', ')}${more}`, instance);
  }
  return {
    kind: 'named',
    tensors: new Map(table.columns.map(({ name, values }) => [name ?? '', values])),
    pointer,
  };
}

/** A `refused` form: pointer, what was expected and what came. */
export function refused(
  pointer: string,
  expected: string,
  value: JsonValue | undefined,
  received = describeJson(value),
): ServingError {
  return new ServingError(
    'invalid-payload',
    `${pointer || 'The body'}: expected ${expected}, received ${received}`,
    {
      violations: [{ pointer, expected, received }],
    },
  );
}

function readForm(key: (typeof KEYS)[number], value: JsonValue): ModelInput {
  const pointer = `/${key}`;
  switch (key) {
    case 'dataframe_split':
      return readSplit(value, pointer);
    case 'dataframe_records':
      return readRecords(value, pointer);
    case 'inputs':
      return readInputs(value, pointer);
    case 'instances':
      return readInstances(value, pointer);
  }
}

function readArray(value: JsonValue, pointer: string): ModelInput {
  const isArray = value instanceof NumberArray || isJsonArray(value);
  if (!isArray) throw refused(pointer, 'an array, or an object of arrays by input name', value);
  return { kind: 'array', value, pointer };
}

function nameOf(value: JsonValue): string {
  return typeof value === 'string' ? value : describeJson(value);
}

function parseContentType(contentType: string | undefined): 'application/json' | 'text/csv' {
  const [type = '', ...parameters] = (contentType ?? 'application/json')
    .toLowerCase()
    .split(';')
    .map((text) => text.trim());
  const isCharset = (text: string) => /^charset="?utf-8"?$/.test(text);
  if (!parameters.every((text) => text === '' || isCharset(text))) {
    throw new ServingError(
      'unsupported-media-type',
      `The content type ${JSON.stringify(contentType)} has a parameter other than charset=utf-8`,
    );
  }
  if (type === 'application/json' || type === 'text/csv') return type;
  throw new ServingError(
    'unsupported-media-type',
    `The content type is ${JSON.stringify(type.slice(0, 80))}, expected application/json or text/csv`,
  );
}
