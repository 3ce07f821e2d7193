import { ServingError } from '../../errors';
import { composeFooter, withoutArrowSchema } from './compose-footer';
import { MAGIC, parseFooter, type ParquetFooter } from './footer';

/** Footer length (4 bytes, little-endian) and magic. */
const TAIL_BYTES = 8;
/** Read at once from the end of a file; most footers fit. */
const FIRST_READ_BYTES = 64 * 1024;
const MAX_FOOTER_BYTES = 256 * 1024 * 1024;

/** Reads bytes `start` (inclusive) to `end` (exclusive) of a file. */
export type ReadRange = (start: number, end: number) => Promise<Buffer>;

/** Reads a file's metadata from its end, in one or two reads. Throws ServingError `invalid-input` saying what is wrong. */
export async function readFooter(read: ReadRange, sizeBytes: number): Promise<ParquetFooter> {
  if (sizeBytes < MAGIC.length + TAIL_BYTES) throw damaged(`it has ${sizeBytes} bytes`);
  const tailStart = Math.max(0, sizeBytes - FIRST_READ_BYTES);
  const tail = await read(tailStart, sizeBytes);
  if (!tail.subarray(-MAGIC.length).equals(MAGIC))
    throw damaged('it does not end with PAR1, so it is cut off');
  const footerBytes = tail.readUInt32LE(tail.length - TAIL_BYTES);
  const footerStart = sizeBytes - TAIL_BYTES - footerBytes;
  if (footerBytes > MAX_FOOTER_BYTES || footerStart < MAGIC.length) {
    throw damaged(`its metadata is said to take ${footerBytes} of ${sizeBytes} bytes`);
  }
  const bytes =
    footerStart >= tailStart
      ? tail.subarray(footerStart - tailStart, tail.length - TAIL_BYTES)
      : await read(footerStart, sizeBytes - TAIL_BYTES);
  const footer = parseFooter(bytes);
  for (const [index, { start, end }] of footer.rowGroups.entries()) {
    if (start < MAGIC.length || end > footerStart)
      throw damaged(`row group ${index} lies outside of the file`);
  }
  return footer;
}

/**
 * The row groups `from` (inclusive) to `to` (exclusive) as a Parquet file of their own, so that a reader which
 * wants a whole file needs their bytes only.
 */
export async function readRowGroups(
  read: ReadRange,
  footer: ParquetFooter,
  from: number,
  to: number,
): Promise<Buffer> {
  const groups = footer.rowGroups.slice(from, to);
  const start = Math.min(...groups.map((group) => group.start));
  const end = Math.max(...groups.map((group) => group.end));
  const bytes = await read(start, end);
  if (bytes.length !== end - start)
    throw damaged(`${end - start} bytes were wanted from ${start}, ${bytes.length} came`);
  const shift = MAGIC.length - start;
  const moves = groups.map((_, i) => ({ footer, index: from + i, shift }));
  return Buffer.concat([MAGIC, bytes, fileEnd(composeFooter(footer, moves, false))]);
}

/** A Parquet file taken apart for {@link joinParts}: row group bytes, and the metadata as it stood in the file. */
export interface ParquetPart {
  /** What lies between the leading magic and the metadata. */
  readonly body: Buffer;
  readonly footer: Buffer;
}

export function splitFile(file: Buffer): ParquetPart {
  const footerStart = file.length - TAIL_BYTES - file.readUInt32LE(file.length - TAIL_BYTES);
  return {
    body: file.subarray(MAGIC.length, footerStart),
    footer: file.subarray(footerStart, file.length - TAIL_BYTES),
  };
}

/**
 * The end of the file that begins with the magic and goes on with these parts' bodies, in order.
 * All parts have one schema: they were written by one plan.
 */
export function joinParts(
  parts: readonly { readonly footer: Uint8Array; readonly bodyBytes: number }[],
): Buffer {
  let start = MAGIC.length;
  const groups: { footer: ParquetFooter; index: number; shift: number }[] = [];
  const [first, ...rest] = parts.map((part) => parseFooter(part.footer));
  if (!first) throw new Error('a Parquet file needs at least one part');
  [first, ...rest].forEach((footer, number) => {
    assertSameColumns(first, footer);
    footer.rowGroups.forEach((_, index) => groups.push({ footer, index, shift: start - MAGIC.length }));
    start += parts[number]?.bodyBytes ?? 0;
  });
  const base = { ...first, metadata: withoutArrowSchema(first.metadata) };
  return fileEnd(composeFooter(base, groups, true));
}

function assertSameColumns(a: ParquetFooter, b: ParquetFooter): void {
  if (JSON.stringify(a.columns) !== JSON.stringify(b.columns)) {
    throw new Error(
      `parts of one output differ: ${JSON.stringify(a.columns)} and ${JSON.stringify(b.columns)}`,
    );
  }
}

function fileEnd(footer: Buffer): Buffer {
  const tail = Buffer.alloc(TAIL_BYTES);
  tail.writeUInt32LE(footer.length, 0);
  MAGIC.copy(tail, 4);
  return Buffer.concat([footer, tail]);
}

function damaged(what: string): ServingError {
  return new ServingError('invalid-input', `the Parquet file is damaged: ${what}`);
}
