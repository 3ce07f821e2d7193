/** Tells whether a route value fits; values of other shapes do not match the route (404). */
export type Constraint = (value: string) => boolean;

const INT32_MAX = 2n ** 31n;
const INT64_MAX = 2n ** 63n;

const plain: Readonly<Record<string, Constraint>> = {
  int: (value) => isInteger(value, INT32_MAX),
  long: (value) => isInteger(value, INT64_MAX),
  alpha: (value) => /^[a-z]*$/iu.test(value),
  bool: (value) => /^(?:true|false)$/iu.test(value),
  decimal: isNumber,
  double: isNumber,
  float: isNumber,
  datetime: (value) => !Number.isNaN(Date.parse(value)),
  guid: (value) => /^\{?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\}?$/iu.test(value),
  required: (value) => value !== '',
};

const withNumbers: Readonly<Record<string, (value: string, first: number, second: number) => boolean>> = {
  minlength: (value, least) => value.length >= least,
  maxlength: (value, most) => value.length <= most,
  length: (value, least, most) => value.length >= least && value.length <= most,
  min: (value, least) => isInteger(value, INT64_MAX) && Number(value) >= least,
  max: (value, most) => isInteger(value, INT64_MAX) && Number(value) <= most,
  range: (value, least, most) =>
    isInteger(value, INT64_MAX) && Number(value) >= least && Number(value) <= most,
};

/**
 * Parses one constraint of a route parameter, such as `int`, `maxlength(3)` or `regex(^v\\d$)`.
 * Source: ASP.NET Core routing's constraint table. Throws an Error for a name that it does not have.
 */
export function parseConstraint(text: string, template: string): Constraint {
  const [, name = '', argument] = /^(\w+)(?:\((.*)\))?$/su.exec(text) ?? [];
  const simple = plain[name.toLowerCase()];
  if (simple && argument === undefined) return simple;
  if (name === 'regex' && argument !== undefined) {
    const source = argument.replaceAll('{{', '{').replaceAll('}}', '}').replaceAll('\\\\', '\\');
    const pattern = new RegExp(source, 'iu');
    return (value) => pattern.test(value);
  }
  const numeric = withNumbers[name.toLowerCase()];
  const numbers = argument?.split(',').map((part) => Number(part)) ?? [];
  const [first, second = first] = numbers;
  if (!numeric || first === undefined || second === undefined || numbers.some(Number.isNaN))
    throw new Error(`Route "${template}": unknown constraint "${text}"`);
  return (value) => numeric(value, first, second);
}

function isInteger(value: string, bound: bigint): boolean {
  if (!/^[+-]?\d+$/u.test(value)) return false;
  const number = BigInt(value.replace('+', ''));
  return number < bound && number >= -bound;
}

function isNumber(value: string): boolean {
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/iu.test(value);
}
