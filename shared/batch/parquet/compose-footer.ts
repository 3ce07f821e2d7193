import { CHUNK, FILE, GROUP, META, type ParquetFooter } from './footer';
import {
  fieldOf,
  isList,
  isStruct,
  structs,
  THRIFT,
  type ThriftField,
  type ThriftStruct,
} from './thrift-value';
import { writeThrift } from './thrift-writer';

/** Page indexes and bloom filters of a chunk with their lengths: {@link composeFooter} can leave them behind. */
const CHUNK_INDEXES: readonly number[] = [4, 5, 6, 7];
const META_INDEXES: readonly number[] = [14, 15];

/**
 * The FileMetaData of a file that holds these row groups, each moved by a number of bytes.
 *
 * @param base      gives the schema and everything else that is not about row groups
 * @param keepIndex false leaves page indexes and bloom filters out, where their bytes do not come along
 */
export function composeFooter(
  base: ParquetFooter,
  groups: readonly { readonly footer: ParquetFooter; readonly index: number; readonly shift: number }[],
  keepIndex: boolean,
): Buffer {
  const elements = groups.map(({ footer, index, shift }, ordinal) => {
    const [group] = structs(footer.metadata, FILE.rowGroups).slice(index, index + 1);
    if (!group) throw new Error(`row group ${index} of ${footer.rowGroups.length}`);
    return moveRowGroup(group, shift, ordinal, keepIndex);
  });
  const rows = groups.reduce((sum, { footer, index }) => sum + (footer.rowGroups[index]?.rows ?? 0), 0);
  return writeThrift(
    mapFields(base.metadata, (field) => {
      if (field.id === FILE.rows) return { ...field, value: BigInt(rows) };
      if (field.id !== FILE.rowGroups) return field;
      return { ...field, value: { kind: 'list', elementType: THRIFT.struct, elements } };
    }),
  );
}

/**
 * The metadata without Arrow's own schema, which Polars writes: it calls text `string_view`, a type that many of
 * Arrow's functions do not take yet. The Parquet types say what the columns are.
 */
export function withoutArrowSchema(metadata: ThriftStruct): ThriftStruct {
  return mapFields(metadata, (field) => {
    if (field.id !== FILE.keyValues || !isList(field.value)) return field;
    const elements = field.value.elements.filter((pair) => !isStruct(pair) || keyOf(pair) !== 'ARROW:schema');
    return elements.length === 0 ? undefined : { ...field, value: { ...field.value, elements } };
  });
}

function keyOf(pair: ThriftStruct): string | undefined {
  const key = fieldOf(pair, 1);
  return key instanceof Uint8Array ? Buffer.from(key).toString() : undefined;
}

function moveRowGroup(group: ThriftStruct, shift: number, ordinal: number, keepIndex: boolean): ThriftStruct {
  return mapFields(group, (field) => {
    if (field.id === GROUP.fileOffset) return moved(field, shift);
    if (field.id === GROUP.ordinal) return ordinal < 32_768 ? { ...field, value: ordinal } : undefined;
    if (field.id !== GROUP.columns || !isList(field.value)) return field;
    const elements = field.value.elements.map((chunk) =>
      isStruct(chunk) ? moveChunk(chunk, shift, keepIndex) : chunk,
    );
    return { ...field, value: { ...field.value, elements } };
  });
}

function moveChunk(chunk: ThriftStruct, shift: number, keepIndex: boolean): ThriftStruct {
  return mapFields(chunk, (field) => {
    if (!keepIndex && CHUNK_INDEXES.includes(field.id)) return undefined;
    if (field.id === CHUNK.fileOffset || field.id === CHUNK.offsetIndex || field.id === CHUNK.columnIndex) {
      return moved(field, shift);
    }
    if (field.id !== CHUNK.metadata || !isStruct(field.value)) return field;
    return { ...field, value: moveMeta(field.value, shift, keepIndex) };
  });
}

function moveMeta(meta: ThriftStruct, shift: number, keepIndex: boolean): ThriftStruct {
  const offsets: readonly number[] = [META.dataPage, META.indexPage, META.dictionaryPage, META.bloomFilter];
  return mapFields(meta, (field) => {
    if (!keepIndex && META_INDEXES.includes(field.id)) return undefined;
    return offsets.includes(field.id) ? moved(field, shift) : field;
  });
}

/** An offset of 0 means that there is none. */
function moved(field: ThriftField, shift: number): ThriftField {
  const { value } = field;
  return typeof value === 'bigint' && value !== 0n ? { ...field, value: value + BigInt(shift) } : field;
}

function mapFields(struct: ThriftStruct, map: (field: ThriftField) => ThriftField | undefined): ThriftStruct {
  return { kind: 'struct', fields: struct.fields.map(map).filter((field) => field !== undefined) };
}
