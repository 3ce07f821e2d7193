import { ServingError } from '../../errors';
import {
  THRIFT,
  type ThriftField,
  type ThriftList,
  type ThriftMap,
  type ThriftStruct,
  type ThriftValue,
} from './thrift-value';

const MAX_DEPTH = 32;

/**
 * Reads one struct from the start of the bytes. Throws ServingError `invalid-input` where they are cut off or no Thrift.
 * Source: Apache Thrift, thrift-compact-protocol.md.
 */
export function readThrift(bytes: Uint8Array): ThriftStruct {
  return new CompactReader(bytes).struct(0);
}

class CompactReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  struct(depth: number): ThriftStruct {
    if (depth > MAX_DEPTH) throw broken(`nested deeper than ${MAX_DEPTH}`);
    const fields: ThriftField[] = [];
    for (let id = 0; ;) {
      const header = this.#byte();
      const type = header & 0x0f;
      if (header === 0) return { kind: 'struct', fields };
      id = header >> 4 === 0 ? Number(this.#zigzag()) : id + (header >> 4);
      fields.push({
        id,
        type,
        value: type <= THRIFT.false ? type === THRIFT.true : this.#value(type, depth),
      });
    }
  }

  #value(type: number, depth: number): ThriftValue {
    switch (type) {
      case THRIFT.true:
      case THRIFT.false:
        return this.#byte() === THRIFT.true;
      case THRIFT.i8:
        return this.#byte();
      case THRIFT.i16:
      case THRIFT.i32:
        return Number(this.#zigzag());
      case THRIFT.i64:
        return this.#zigzag();
      case THRIFT.double:
        return this.#take(8);
      case THRIFT.binary:
        return this.#take(this.#size());
      case THRIFT.list:
      case THRIFT.set:
        return this.#list(depth);
      case THRIFT.map:
        return this.#map(depth);
      case THRIFT.struct:
        return this.struct(depth + 1);
      default:
        throw broken(`type ${type} at byte ${this.#at}`);
    }
  }

  #list(depth: number): ThriftList {
    const header = this.#byte();
    const elementType = header & 0x0f;
    const size = header >> 4 === 15 ? this.#size() : header >> 4;
    const elements: ThriftValue[] = [];
    for (let i = 0; i < size; i++) elements.push(this.#value(elementType, depth));
    return { kind: 'list', elementType, elements };
  }

  #map(depth: number): ThriftMap {
    const size = this.#size();
    const types = size === 0 ? 0 : this.#byte();
    const [keyType, valueType] = [types >> 4, types & 0x0f];
    const entries: [ThriftValue, ThriftValue][] = [];
    for (let i = 0; i < size; i++) entries.push([this.#value(keyType, depth), this.#value(valueType, depth)]);
    return { kind: 'map', keyType, valueType, entries };
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw broken(`it ends at byte ${this.#bytes.length}`);
    return byte;
  }

  /** A length: of every element at least one byte must follow, which bounds what corrupt bytes can ask for. */
  #size(): number {
    const size = this.#varint();
    const left = BigInt(this.#bytes.length - this.#at);
    if (size > left)
      throw broken(`a length of ${String(size)} at byte ${this.#at}, ${String(left)} bytes are left`);
    return Number(size);
  }

  #take(size: number): Uint8Array {
    const end = this.#at + size;
    if (end > this.#bytes.length) throw broken(`it ends at byte ${this.#bytes.length}`);
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  #varint(): bigint {
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte();
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt(low);
    }
    let value = BigInt(low);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw broken(`a number without end at byte ${this.#at}`);
  }

  #zigzag(): bigint {
    const value = this.#varint();
    return (value >> 1n) ^ -(value & 1n);
  }
}

function broken(what: string): ServingError {
  return new ServingError('invalid-input', `the Parquet metadata is damaged: ${what}`);
}
