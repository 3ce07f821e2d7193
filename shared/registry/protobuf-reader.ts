import { isUtf8 } from 'node:buffer';
import { ServingError } from '../errors';

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;
const MAX_VARINT_BYTES = 10;
const LARGEST_FIELD = 2 ** 29 - 1;
const WIRE_TYPES = ['varint', 'fixed64', 'length-delimited', 'group start', 'group end', 'fixed32'];

/**
 * Walks the fields of one protobuf message without copying and without reading what nobody asks for.
 * After each {@link next} that is true, exactly one of the value readers or {@link skip} is called.
 * Hostile bytes end in ServingError `invalid-model` with the byte offset, never in a read past the message.
 */
export class ProtobufReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;
  #wireType = VARINT;
  /** Number of the field that {@link next} stopped at. */
  field = 0;

  constructor(bytes: Buffer, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** Moves to the next field; false at the end of the message. */
  next(): boolean {
    if (this.#at >= this.#end) return false;
    const start = this.#at;
    const tag = this.#varint();
    this.#wireType = tag % 8;
    this.field = Math.floor(tag / 8);
    if (tag < 0 || this.field === 0 || this.field > LARGEST_FIELD) {
      this.#at = start;
      this.fail(`${tag} is not the tag of a field`);
    }
    return true;
  }

  /** Whether the field holds a varint; a repeated number may come packed instead. */
  get isVarint(): boolean {
    return this.#wireType === VARINT;
  }

  /** A signed 64-bit integer; exact up to 2^53, beyond that the nearest number. */
  integer(): number {
    this.#expect(VARINT);
    return this.#varint();
  }

  text(): string {
    const { start, end } = this.#content();
    const content = this.#bytes.subarray(start, end);
    if (!isUtf8(content)) this.fail('text that is not UTF-8', start);
    return content.toString();
  }

  /** The bytes of a length-delimited field, not copied. */
  bytes(): Buffer {
    const { start, end } = this.#content();
    return this.#bytes.subarray(start, end);
  }

  /** A float of 32 bits. */
  float(): number {
    this.#expect(FIXED32);
    const start = this.#at;
    this.#advance(4);
    return this.#bytes.readFloatLE(start);
  }

  message(): ProtobufReader {
    const { start, end } = this.#content();
    return new ProtobufReader(this.#bytes, start, end);
  }

  skip(): void {
    switch (this.#wireType) {
      case VARINT:
        this.#varint();
        return;
      case FIXED64:
        this.#advance(8);
        return;
      case LENGTH_DELIMITED:
        this.#content();
        return;
      case FIXED32:
        this.#advance(4);
        return;
      default:
        this.fail(`field ${this.field} has wire type ${this.#wireType}, which ONNX does not use`);
    }
  }

  /** Throws `invalid-model` for the place where the reader is, or for `offset`. */
  fail(problem: string, offset = this.#at): never {
    throw new ServingError('invalid-model', `The ONNX file is not valid at byte ${offset}: ${problem}`);
  }

  #content(): { start: number; end: number } {
    this.#expect(LENGTH_DELIMITED);
    const length = this.#varint();
    const start = this.#at;
    if (length < 0) this.fail(`field ${this.field} has a negative length`);
    this.#advance(length);
    return { start, end: this.#at };
  }

  #advance(byteCount: number): void {
    const left = this.#end - this.#at;
    if (byteCount > left) {
      this.fail(`field ${this.field} takes ${byteCount} bytes, its message has ${left} left`);
    }
    this.#at += byteCount;
  }

  #expect(wireType: number): void {
    if (this.#wireType === wireType) return;
    const [expected, received] = [wireType, this.#wireType].map((type) => WIRE_TYPES[type] ?? String(type));
    this.fail(`field ${this.field} is ${received ?? ''}, expected ${expected ?? ''}`);
  }

  #varint(): number {
    const start = this.#at;
    let low = 0;
    let high = 0;
    for (let index = 0; index < MAX_VARINT_BYTES; index += 1) {
      if (this.#at >= this.#end) this.fail('a varint is cut off', start);
      const byte = this.#bytes[this.#at] ?? 0;
      this.#at += 1;
      const part = byte & 0x7f;
      if (index < 4) low += part * 2 ** (7 * index);
      else high += part * 2 ** (7 * (index - 4));
      if (byte < 0x80) return signed64(low, high);
    }
    return this.fail(`a varint is over ${MAX_VARINT_BYTES} bytes long`, start);
  }
}

/** `high · 2^28 + low` as a two's complement number of 64 bits; bits beyond the 64th are dropped, as protobuf does. */
function signed64(low: number, high: number): number {
  if (high < 2 ** 25) return high * 2 ** 28 + low;
  const value = (BigInt(high) << 28n) | BigInt(low);
  return Number(BigInt.asIntN(64, value));
}
