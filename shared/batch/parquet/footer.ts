import { ServingError } from '../../errors';
import { readThrift } from './thrift-reader';
import { fieldOf, isStruct, numberIn, structs, type ThriftStruct, type ThriftValue } from './thrift-value';
import { writeThrift } from './thrift-writer';

/** A Parquet file begins and ends with these bytes. */
export const MAGIC = Buffer.from('PAR1');

/** A row group: its rows and the bytes of all its column chunks, from `start` (inclusive) to `end` (exclusive). */
export interface RowGroup {
  readonly rows: number;
  readonly start: number;
  readonly end: number;
}

export interface ParquetColumn {
  readonly name: string;
  /** Physical and logical type as text, equal for equal types: `INT64 TIMESTAMP(MICROS,utc=false)`. */
  readonly type: string;
  /** False for lists, structs and bytes, which CSV cannot hold. */
  readonly hasText: boolean;
}

/** The metadata of a Parquet file; `metadata` is the whole FileMetaData struct of parquet.thrift. */
export interface ParquetFooter {
  readonly metadata: ThriftStruct;
  readonly rows: number;
  readonly rowGroups: readonly RowGroup[];
  readonly columns: readonly ParquetColumn[];
}

// Field ids of parquet.thrift.
export const FILE = { schema: 2, rows: 3, rowGroups: 4, keyValues: 5 } as const;
export const GROUP = { columns: 1, rows: 3, fileOffset: 5, ordinal: 7 } as const;
export const CHUNK = { fileOffset: 2, metadata: 3, offsetIndex: 4, columnIndex: 6 } as const;
export const META = {
  compressedSize: 7,
  dataPage: 9,
  indexPage: 10,
  dictionaryPage: 11,
  bloomFilter: 14,
} as const;
const SCHEMA = {
  type: 1,
  typeLength: 2,
  name: 4,
  children: 5,
  converted: 6,
  scale: 7,
  precision: 8,
  logical: 10,
} as const;
/** ConvertedType.DECIMAL of parquet.thrift. */
const DECIMAL = 5;
const PHYSICAL = [
  'BOOLEAN',
  'INT32',
  'INT64',
  'INT96',
  'FLOAT',
  'DOUBLE',
  'BYTE_ARRAY',
  'FIXED_LEN_BYTE_ARRAY',
];
/** Throws ServingError `invalid-input` where the bytes are no FileMetaData. */
export function parseFooter(bytes: Uint8Array): ParquetFooter {
  const metadata = readThrift(bytes);
  const rowGroups = structs(metadata, FILE.rowGroups).map((group) => ({
    rows: numberIn(group, GROUP.rows),
    ...extent(group),
  }));
  return {
    metadata,
    rows: rowGroups.reduce((rows, group) => rows + group.rows, 0),
    rowGroups,
    columns: topColumns(structs(metadata, FILE.schema)),
  };
}

function extent(group: ThriftStruct): { start: number; end: number } {
  let start = Infinity;
  let end = 0;
  for (const chunk of structs(group, GROUP.columns)) {
    const meta = fieldOf(chunk, CHUNK.metadata);
    if (!isStruct(meta))
      throw new ServingError(
        'invalid-input',
        'a Parquet column chunk has no metadata (encrypted files are not served)',
      );
    const dictionary = fieldOf(meta, META.dictionaryPage);
    const dataPage = numberIn(meta, META.dataPage);
    const first =
      dictionary === undefined || dictionary === 0n ? dataPage : Math.min(dataPage, Number(dictionary));
    start = Math.min(start, first);
    end = Math.max(end, first + numberIn(meta, META.compressedSize));
  }
  return { start: Math.min(start, end), end };
}

/** The schema is a tree in depth-first order; its root comes first. */
function topColumns(elements: readonly ThriftStruct[]): ParquetColumn[] {
  const columns: ParquetColumn[] = [];
  for (let at = 1; at < elements.length;) {
    const [element] = elements.slice(at, at + 1);
    if (!element) break;
    const name = fieldOf(element, SCHEMA.name);
    const isNested = fieldOf(element, SCHEMA.children) !== undefined;
    columns.push({
      name: name instanceof Uint8Array ? Buffer.from(name).toString() : '',
      type: isNested ? 'nested' : typeText(element),
      hasText: !isNested && hasText(element),
    });
    at = skipSubtree(elements, at);
  }
  return columns;
}

/** Byte arrays without an annotation are bytes; of those of fixed length only decimals have a text. */
function hasText(element: ThriftStruct): boolean {
  const physical = PHYSICAL[numberIn(element, SCHEMA.type, -1)];
  const converted = fieldOf(element, SCHEMA.converted);
  const logical = fieldOf(element, SCHEMA.logical);
  if (physical === 'BYTE_ARRAY') return converted !== undefined || logical !== undefined;
  return physical !== 'FIXED_LEN_BYTE_ARRAY' || converted === DECIMAL;
}

function skipSubtree(elements: readonly ThriftStruct[], at: number): number {
  const [element] = elements.slice(at, at + 1);
  const children = element ? numberIn(element, SCHEMA.children, 0) : 0;
  let next = at + 1;
  for (let child = 0; child < children && next < elements.length; child++) next = skipSubtree(elements, next);
  return next;
}

function typeText(element: ThriftStruct): string {
  const physical = PHYSICAL[numberIn(element, SCHEMA.type, -1)] ?? 'unknown';
  const parts = [SCHEMA.typeLength, SCHEMA.converted, SCHEMA.scale, SCHEMA.precision, SCHEMA.logical]
    .map((id) => element.fields.find((field) => field.id === id))
    .filter((field) => field !== undefined)
    .map((field) => `${field.id}:${valueText(field.value)}`);
  return [physical, ...parts].join(' ');
}

function valueText(value: ThriftValue): string {
  if (isStruct(value)) return writeThrift(value).toString('hex');
  return typeof value === 'number' ? String(value) : '';
}
