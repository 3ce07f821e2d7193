import { type CallExpression, type Expression, type ObjectExpression } from './bicep-syntax';
import {
  arrayOf,
  BUILT_IN,
  isArray,
  isObject,
  objectOf,
  RuntimeValue,
  textOf,
  type Value,
  type ValueObject,
} from './bicep-values';

/** Finds what a name stands for; throws when it stands for nothing. */
export type Names = (name: string) => Value;

/** The value of an expression. Strict where Azure is: a property of null or of a missing key throws. */
export function evaluate(node: Expression, names: Names): Value {
  switch (node.t) {
    case 'str':
      return node.parts
        .map((part) => (typeof part === 'string' ? part : textOf(evaluate(part, names))))
        .join('');
    case 'int':
    case 'bool':
      return node.value;
    case 'null':
      return null;
    case 'arr':
      return node.items.flatMap((item) =>
        item.t === 'spread' ? arrayOf(evaluate(item.value, names)) : [evaluate(item, names)],
      );
    case 'spread':
      return evaluate(node.value, names);
    case 'for':
      return arrayOf(evaluate(node.list, names)).map((item, index) =>
        evaluate(node.body, withNames(names, { [node.item]: item, [node.index ?? '']: index })),
      );
    case 'obj':
      return evaluateObject(node, names);
    case 'cond':
      return evaluate(evaluate(node.c, names) === true ? node.a : node.b, names);
    case 'un':
      return node.op === '!' ? evaluate(node.e, names) !== true : -Number(evaluate(node.e, names));
    case 'bin':
      return evaluateBinary(node.op, node.l, node.r, names);
    case 'nonnull':
      return notNull(evaluate(node.e, names), node.e);
    case 'lambda':
      return (...args) =>
        evaluate(
          node.body,
          withNames(names, Object.fromEntries(node.params.map((p, i) => [p, args[i] ?? null]))),
        );
    case 'ref':
      return names(node.name);
    case 'mem':
    case 'nested':
      return member(evaluate(node.e, names), node.t === 'nested' ? `::${node.name}` : node.name, node.safe);
    case 'idx':
      return element(evaluate(node.e, names), evaluate(node.ix, names), node.safe);
    case 'call':
      return call(node, names);
  }
}

/** Names with some more in front of them. */
export function withNames(names: Names, more: ValueObject): Names {
  return (name) => more[name] ?? (name in more ? null : names(name));
}

function evaluateObject(node: ObjectExpression, names: Names): ValueObject {
  const result: Record<string, Value> = {};
  for (const prop of node.props) {
    if (prop.t === 'spread') Object.assign(result, objectOf(evaluate(prop.value, names)));
    if (prop.t === 'prop') result[textOf(evaluate(prop.key, names))] = evaluate(prop.value, names);
  }
  return result;
}

function evaluateBinary(op: string, left: Expression, right: Expression, names: Names): Value {
  const l = evaluate(left, names);
  if (op === '??') return l ?? evaluate(right, names);
  if (op === '&&') return l === true && evaluate(right, names) === true;
  if (op === '||') return l === true || evaluate(right, names) === true;
  const r = evaluate(right, names);
  switch (op) {
    case '==':
      return l === r;
    case '!=':
      return l !== r;
    case '<':
      return Number(l) < Number(r);
    case '>':
      return Number(l) > Number(r);
    case '+':
      return Number(l) + Number(r);
    default:
      throw new Error(`the evaluator has no operator ${op}`);
  }
}

function call(node: CallExpression, names: Names): Value {
  if (node.on !== null) {
    const target = member(evaluate(node.on, names), `${node.name}()`);
    return target;
  }
  const args = node.args.map((arg) => evaluate(arg, names));
  const builtIn = BUILT_IN[node.name];
  if (builtIn !== undefined) return builtIn(...args);
  const own = names(node.name);
  if (typeof own !== 'function') throw new Error(`${node.name} is not a function`);
  return own(...args);
}

function notNull(value: Value, node: Expression): Value {
  if (value === null) throw new Error(`null where a value was promised: ${JSON.stringify(node)}`);
  return value;
}

function member(base: Value, name: string, isSafe = false): Value {
  if (base instanceof RuntimeValue) return new RuntimeValue(`${base.path}.${name}`);
  if (base === null && isSafe) return null;
  if (!isObject(base)) throw new Error(`cannot reach ${name} of ${JSON.stringify(base)}`);
  const value = base[name];
  if (value !== undefined) return value;
  if (isSafe) return null;
  throw new Error(`no ${name} among ${Object.keys(base).join(', ')}`);
}

function element(base: Value, index: Value, isSafe = false): Value {
  if (base instanceof RuntimeValue) return new RuntimeValue(`${base.path}[${textOf(index)}]`);
  if (!isArray(base)) return member(base, textOf(index), isSafe);
  const item = base[Number(index)];
  if (item === undefined && !isSafe) throw new Error(`no element ${textOf(index)} of ${base.length}`);
  return item ?? null;
}
