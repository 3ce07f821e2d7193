import { THRIFT, type ThriftList, type ThriftMap, type ThriftStruct, type ThriftValue } from './thrift-value';

const UINT64 = (1n << 64n) - 1n;

/** The bytes of a struct, such that `readThrift` gives it back. */
export function writeThrift(struct: ThriftStruct): Buffer {
  const writer = new CompactWriter();
  writer.struct(struct);
  return Buffer.concat(writer.pieces);
}

class CompactWriter {
  readonly pieces: Uint8Array[] = [];

  struct({ fields }: ThriftStruct): void {
    let last = 0;
    for (const { id, type, value } of fields) {
      const fieldType = typeof value === 'boolean' ? boolType(value) : type;
      const step = id - last;
      if (step > 0 && step < 16) this.#bytes((step << 4) | fieldType);
      else {
        this.#bytes(fieldType);
        this.#zigzag(BigInt(id));
      }
      last = id;
      if (typeof value !== 'boolean') this.#value(type, value);
    }
    this.#bytes(0);
  }

  #value(type: number, value: ThriftValue): void {
    if (typeof value === 'boolean') this.#bytes(boolType(value));
    else if (typeof value === 'number') {
      if (type === THRIFT.i8) this.#bytes(value);
      else this.#zigzag(BigInt(value));
    } else if (typeof value === 'bigint') this.#zigzag(value);
    else if (value instanceof Uint8Array) {
      if (type === THRIFT.binary) this.#varint(BigInt(value.length));
      this.pieces.push(value);
    } else if (value.kind === 'struct') this.struct(value);
    else if (value.kind === 'list') this.#list(value);
    else this.#map(value);
  }

  #list({ elementType, elements }: ThriftList): void {
    const { length } = elements;
    this.#bytes((Math.min(length, 15) << 4) | elementType);
    if (length >= 15) this.#varint(BigInt(length));
    for (const element of elements) this.#value(elementType, element);
  }

  #map({ keyType, valueType, entries }: ThriftMap): void {
    this.#varint(BigInt(entries.length));
    if (entries.length > 0) this.#bytes((keyType << 4) | valueType);
    for (const [key, value] of entries) {
      this.#value(keyType, key);
      this.#value(valueType, value);
    }
  }

  #bytes(...bytes: number[]): void {
    this.pieces.push(Uint8Array.from(bytes));
  }

  #varint(value: bigint): void {
    const bytes: number[] = [];
    for (let rest = value; ; rest >>= 7n) {
      if (rest < 0x80n) {
        bytes.push(Number(rest));
        break;
      }
      bytes.push(Number(rest & 0x7fn) | 0x80);
    }
    this.#bytes(...bytes);
  }

  #zigzag(value: bigint): void {
    this.#varint(((value << 1n) ^ (value >> 63n)) & UINT64);
  }
}

function boolType(value: boolean): number {
  return value ? THRIFT.true : THRIFT.false;
}
