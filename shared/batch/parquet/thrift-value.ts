import { ServingError } from '../../errors';

/** Type codes of the Thrift compact protocol, as they stand in field and list headers. */
export const THRIFT = {
  true: 1,
  false: 2,
  i8: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
  map: 11,
  struct: 12,
} as const;

/** i8 to i32 are numbers, i64 bigints, doubles their 8 bytes; structs and lists keep all that they hold, known or not. */
export type ThriftValue = boolean | number | bigint | Uint8Array | ThriftList | ThriftMap | ThriftStruct;

export interface ThriftField {
  readonly id: number;
  readonly type: number;
  readonly value: ThriftValue;
}

export interface ThriftStruct {
  readonly kind: 'struct';
  readonly fields: readonly ThriftField[];
}

export interface ThriftList {
  readonly kind: 'list';
  readonly elementType: number;
  readonly elements: readonly ThriftValue[];
}

export interface ThriftMap {
  readonly kind: 'map';
  readonly keyType: number;
  readonly valueType: number;
  readonly entries: readonly (readonly [ThriftValue, ThriftValue])[];
}

export function fieldOf(struct: ThriftStruct, id: number): ThriftValue | undefined {
  return struct.fields.find((field) => field.id === id)?.value;
}

export function numberIn(struct: ThriftStruct, id: number, fallback?: number): number {
  const value = fieldOf(struct, id);
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  if (fallback !== undefined) return fallback;
  throw new ServingError('invalid-input', `the Parquet metadata is damaged: field ${id} is missing`);
}

export function structs(struct: ThriftStruct, id: number): ThriftStruct[] {
  const value = fieldOf(struct, id);
  return value !== undefined && isList(value) ? value.elements.filter(isStruct) : [];
}

export function isStruct(value: ThriftValue | undefined): value is ThriftStruct {
  return typeof value === 'object' && 'kind' in value && value.kind === 'struct';
}

export function isList(value: ThriftValue): value is Extract<ThriftValue, { kind: 'list' }> {
  return typeof value === 'object' && 'kind' in value && value.kind === 'list';
}
