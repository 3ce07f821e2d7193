/** Something that only Azure knows, such as a principal id. Its path tells where it comes from. */
export class RuntimeValue {
  readonly path: string;
  constructor(path: string) {
    this.path = path;
  }
}

export type Value =
  | string
  | number
  | boolean
  | null
  | RuntimeValue
  | readonly Value[]
  | ValueObject
  | ((...args: readonly Value[]) => Value);
export interface ValueObject {
  readonly [key: string]: Value;
}

export function isArray(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

export function isObject(value: Value): value is ValueObject {
  return typeof value === 'object' && value !== null && !isArray(value) && !(value instanceof RuntimeValue);
}

export function arrayOf(value: Value | undefined): readonly Value[] {
  if (isArray(value)) return value;
  throw new Error(`expected an array, got ${JSON.stringify(value)}`);
}

export function objectOf(value: Value | undefined): ValueObject {
  if (value !== undefined && isObject(value)) return value;
  throw new Error(`expected an object, got ${JSON.stringify(value)}`);
}

/** Text of a value; of one that only Azure knows, its path in angle brackets. */
export function textOf(value: Value | undefined): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value instanceof RuntimeValue) return `<${value.path}>`;
  throw new Error(`expected text, got ${JSON.stringify(value)}`);
}

function numberOf(value: Value | undefined): number {
  if (typeof value === 'number') return value;
  throw new Error(`expected a number, got ${JSON.stringify(value)}`);
}

function lambdaOf(value: Value | undefined): (...args: readonly Value[]) => Value {
  if (typeof value === 'function') return value;
  throw new Error('expected a lambda');
}

function isEmpty(value: Value): boolean {
  if (value === null || value === '') return true;
  return isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;
}

function merged(left: Value, right: Value): Value {
  if (!isObject(left) || !isObject(right)) return right;
  const both = { ...left };
  for (const [key, value] of Object.entries(right)) {
    const old = both[key];
    both[key] = old === undefined ? value : merged(old, value);
  }
  return both;
}

/** A short text that differs for different inputs, in place of Azure's hash. */
function hashOf(args: readonly Value[]): string {
  let hash = 7;
  for (const character of args.map(textOf).join('|')) {
    hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 2_147_483_647;
  }
  return hash.toString(36).padEnd(13, 'z');
}

/** The built-in functions that infra/ uses. Those of the scope are the deployment's. */
export const BUILT_IN: Readonly<Record<string, (...args: readonly Value[]) => Value>> = {
  concat: (...args) =>
    args.every(isArray) ? args.flatMap((arg) => arrayOf(arg)) : args.map(textOf).join(''),
  contains: (list, item) => arrayOf(list).includes(item ?? null),
  cidrSubnet: (prefix, bits, index) => `${textOf(prefix)}/${textOf(bits)}#${textOf(index)}`,
  empty: (value) => isEmpty(value ?? null),
  fail: (message) => {
    throw new Error(textOf(message));
  },
  flatten: (lists) => arrayOf(lists).flatMap((list) => arrayOf(list)),
  guid: (...args) => `guid-${hashOf(args)}`,
  items: (value) => Object.entries(objectOf(value)).map(([key, item]) => ({ key, value: item })),
  json: (value) => numberOf(Number(textOf(value))),
  last: (list) => arrayOf(list).at(-1) ?? null,
  length: (value) => (isArray(value) ? value.length : textOf(value).length),
  map: (list, lambda) => arrayOf(list).map((item, index) => lambdaOf(lambda)(item, index)),
  max: (...args) => Math.max(...args.map(numberOf)),
  objectKeys: (value) => Object.keys(objectOf(value)),
  range: (start, count) => Array.from({ length: numberOf(count) }, (_, index) => numberOf(start) + index),
  replace: (text, old, next) => textOf(text).replaceAll(textOf(old), textOf(next)),
  skip: (list, count) => arrayOf(list).slice(numberOf(count)),
  split: (text, by) => textOf(text).split(textOf(by)),
  string: (value) => textOf(value),
  subscriptionResourceId: (...args) => `/roles/${textOf(args.at(-1))}`,
  take: (value, count) =>
    isArray(value) ? value.slice(0, numberOf(count)) : textOf(value).slice(0, numberOf(count)),
  toLower: (text) => textOf(text).toLowerCase(),
  union: (...args) => args.reduce((left, right) => merged(left, right)),
  uniqueString: (...args) => hashOf(args),
  loadTextContent: (name) => `content of ${textOf(name)}`,
  environment: () => ({
    suffixes: { storage: 'core.windows.net' },
    authentication: { loginEndpoint: 'https://login.microsoftonline.com/' },
  }),
};
