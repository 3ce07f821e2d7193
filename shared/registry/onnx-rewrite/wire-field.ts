import { ServingError } from '../../errors';

/** One field of a protobuf message, by its place in the file; nothing of it has been copied. Positions in bytes. */
export interface WireField {
  readonly number: number;
  /** 0 varint, 1 fixed64, 2 length-delimited, 5 fixed32. */
  readonly wireType: number;
  /** Of the field's tag. */
  readonly start: number;
  /** Of its content: the bytes of a length-delimited field, the number of others. */
  readonly content: number;
  /** Exclusive. */
  readonly end: number;
}

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED_BYTES: Readonly<Record<number, number>> = { 1: 8, 5: 4 };
const MAX_VARINT_BYTES = 10;

/**
 * The fields of the message from `start` (inclusive) to `end` (exclusive), in order. Throws `invalid-model` with the
 * position of a tag or length that does not fit; a caller never sees a field that reaches past `end`.
 */
export function* wireFields(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): Generator<WireField, void, undefined> {
  let at = start;
  while (at < end) {
    const tagEnd = varintEnd(bytes, at, end);
    const tag = smallVarint(bytes, at, tagEnd);
    const wireType = tag % 8;
    const number = Math.floor(tag / 8);
    if (number === 0 || number >= 2 ** 29) throw broken(at, `${tag} is not the tag of a field`);
    let content = tagEnd;
    let next = content + (FIXED_BYTES[wireType] ?? Number.NaN);
    if (wireType === VARINT) next = varintEnd(bytes, content, end);
    else if (wireType === LENGTH_DELIMITED) {
      content = varintEnd(bytes, tagEnd, end);
      next = content + smallVarint(bytes, tagEnd, content);
    }
    if (!(next <= end))
      throw broken(at, `field ${number} reaches past its message or has no known wire type`);
    yield { number, wireType, start: at, content, end: next };
    at = next;
  }
}

/** The varint at `at`, as an unsigned 64-bit integer, and the position after it. */
export function readVarint(
  bytes: Uint8Array,
  at: number,
  end: number,
): { readonly value: bigint; readonly end: number } {
  const last = varintEnd(bytes, at, end);
  let value = 0n;
  for (let index = last - 1; index >= at; index -= 1)
    value = (value << 7n) | BigInt((bytes[index] ?? 0) & 0x7f);
  return { value: BigInt.asUintN(64, value), end: last };
}

function varintEnd(bytes: Uint8Array, at: number, end: number): number {
  for (let index = at; index < end && index < at + MAX_VARINT_BYTES; index += 1) {
    if ((bytes[index] ?? 0) < 0x80) return index + 1;
  }
  throw broken(at, 'a varint is cut off or too long');
}

/** Exact up to 2^53: enough for tags and lengths, and larger ones fit nothing anyway. */
function smallVarint(bytes: Uint8Array, at: number, end: number): number {
  let value = 0;
  for (let index = end - 1; index >= at; index -= 1) value = value * 128 + ((bytes[index] ?? 0) & 0x7f);
  return value;
}

/** The text of a length-delimited field; empty for another wire type. */
export function textOfField(bytes: Uint8Array, field: WireField): string {
  if (field.wireType !== LENGTH_DELIMITED) return '';
  return Buffer.from(bytes.buffer, bytes.byteOffset + field.content, field.end - field.content).toString();
}

/** A length-delimited field with this content. */
export function writeField(number: number, content: string | Uint8Array): Buffer {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return Buffer.concat([writeHead(number, bytes.length), bytes]);
}

/** Tag and length of a length-delimited field, whose content follows. */
export function writeHead(number: number, lengthBytes: number): Buffer {
  return Buffer.concat([writeVarint((number << 3) | LENGTH_DELIMITED), writeVarint(lengthBytes)]);
}

/** A varint field. */
export function writeInteger(number: number, value: number): Buffer {
  return Buffer.concat([writeVarint((number << 3) | VARINT), writeVarint(value)]);
}

/** `value` must be a whole number from 0 to 2^53. */
function writeVarint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Buffer.from([...bytes, rest]);
}

function broken(at: number, problem: string): ServingError {
  return new ServingError('invalid-model', `The ONNX file is not valid at byte ${at}: ${problem}`);
}
