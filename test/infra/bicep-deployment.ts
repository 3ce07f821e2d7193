import path from 'node:path';
import { evaluate, type Names, withNames } from './bicep-evaluator';
import {
  type BicepFile,
  type Declaration,
  type Deployable,
  type Expression,
  isDeployable,
} from './bicep-syntax';
import {
  arrayOf,
  isArray,
  isObject,
  objectOf,
  RuntimeValue,
  textOf,
  type Value,
  type ValueObject,
} from './bicep-values';

/** A resource or a module as it would be sent to Azure. */
export interface Deployed {
  readonly file: string;
  /** Resource type without its version, or `module`. */
  readonly type: string;
  readonly name: string;
  readonly group: string;
  readonly body: ValueObject;
}

export interface Deployment {
  readonly deployed: readonly Deployed[];
  readonly outputs: ValueObject;
}

export type BicepFiles = ReadonlyMap<string, BicepFile>;

/** What Azure would be asked for, and the outputs, with the paths of values that only Azure knows. */
export function deploy(files: BicepFiles, file: string, parameters: ValueObject): Deployment {
  const deployed: Deployed[] = [];
  const outputs = deployFile({ files, deployed }, file, parameters, 'subscription');
  return { deployed, outputs };
}

interface Run {
  readonly files: BicepFiles;
  readonly deployed: Deployed[];
}

function deployFile(run: Run, file: string, given: ValueObject, group: string): ValueObject {
  const names = namesOf(run, file, group, given);
  for (const statement of bodyOf(run, file)) {
    if (statement.t === 'param' && !isDeclared(statement, given))
      throw new Error(`${file}: no value for ${statement.name}`);
    if (isDeployable(statement)) names(statement.name);
  }
  const known = new Set(bodyOf(run, file).flatMap((s) => (s.t === 'param' ? [s.name] : [])));
  const unknown = Object.keys(given).filter((name) => !known.has(name));
  if (unknown.length > 0) throw new Error(`${file} has no parameter ${unknown.join(', ')}`);
  const outputs = bodyOf(run, file).flatMap((s) =>
    s.t === 'output' && s.value !== null ? [[s.name, evaluate(s.value, names)] as const] : [],
  );
  return Object.fromEntries(outputs);
}

/** Every name of a file, evaluated when first asked for. */
function namesOf(run: Run, file: string, group: string, given: ValueObject): Names {
  const memo = new Map<string, Value>();
  const names: Names = (name) => {
    const known = memo.get(name);
    if (known !== undefined) return known;
    const value = find(name);
    memo.set(name, value);
    return value;
  };
  const find = (name: string): Value => {
    const scoped = scopeFunction(name, group);
    if (scoped !== undefined) return scoped;
    for (const statement of bodyOf(run, file)) {
      if (statement.t === 'import') {
        const item = statement.items.find(({ as }) => as === name);
        const source = path.posix.join(path.posix.dirname(file), textOf(evaluate(statement.path, names)));
        if (item !== undefined) return namesOf(run, source, group, {})(item.name);
      } else if (isDeployable(statement)) {
        if (statement.name === name) return deployable(run, file, statement, names, group);
      } else if (statement.t !== 'targetScope' && statement.t !== 'output' && statement.name === name) {
        return declared(statement, names, given);
      }
    }
    throw new Error(`${file}: nothing is called ${name}`);
  };
  return names;
}

function declared(statement: Declaration, names: Names, given: ValueObject): Value {
  if (statement.t === 'func') {
    const parameters = statement.params ?? [];
    return (...args) =>
      evaluate(
        notMissing(statement.value, statement.name),
        withNames(names, Object.fromEntries(parameters.map((p, i) => [p.name, args[i] ?? null]))),
      );
  }
  const value = given[statement.name];
  if (statement.t !== 'param' || value === undefined) {
    return statement.value === null ? null : evaluate(statement.value, names);
  }
  checkLength(statement, value);
  return value;
}

function deployable(run: Run, file: string, node: Deployable, names: Names, group: string): Value {
  if (node.loop === null) return deployOne(run, file, node, names, group, undefined);
  const { item, index, list } = node.loop;
  return arrayOf(evaluate(list, names)).map((value, position) =>
    deployOne(
      run,
      file,
      node,
      withNames(names, { [item]: value, [index ?? '']: position }),
      group,
      undefined,
    ),
  );
}

function deployOne(
  run: Run,
  file: string,
  node: Deployable,
  names: Names,
  group: string,
  parent?: ValueObject,
): Value {
  const isDeployed = node.cond === null || evaluate(node.cond, names) === true;
  const property = (name: string): Expression | undefined =>
    node.obj.props.flatMap((p) =>
      p.t === 'prop' && textOf(evaluate(p.key, names)) === name ? [p.value] : [],
    )[0];
  const nameNode = property('name');
  if (nameNode === undefined) throw new Error(`${file}: ${node.name} has no name`);
  if (!isDeployed) return {};
  const name = textOf(evaluate(nameNode, names));
  if (node.t === 'module') {
    const scope = property('scope');
    const target = scope === undefined ? group : textOf(objectOf(evaluate(scope, names))['name']);
    const source = path.posix.join(path.posix.dirname(file), textOf(evaluate(node.path, names)));
    const parameters = property('params');
    const given = parameters === undefined ? {} : objectOf(evaluate(parameters, names));
    run.deployed.push({ file, type: 'module', name, group: target, body: given });
    return { name, outputs: deployFile(run, source, given, target) };
  }
  const body = objectOf(evaluate(node.obj, names));
  const above = parent ?? (isObject(body['parent'] ?? null) ? objectOf(body['parent']) : undefined);
  const own = textOf(evaluate(node.type, names)).replace(/@.*/, '');
  const type = parent === undefined ? own : `${textOf(parent['type'])}/${own}`;
  const full = above === undefined ? name : `${textOf(above['path'])}/${name}`;
  if (node.existing !== true) run.deployed.push({ file, type, name: full, group, body });
  const reference: Record<string, Value> = {
    id: `/groups/${group}/${type}/${full}`,
    name,
    path: full,
    type,
    properties: new RuntimeValue(`${type}/${full}.properties`),
    'listKeys()': new RuntimeValue(`${type}/${full}.listKeys()`),
  };
  for (const child of node.obj.props) {
    if (child.t !== 'resource') continue;
    const list = child.loop === null ? undefined : arrayOf(evaluate(child.loop.list, names));
    const item = child.loop?.item ?? '';
    reference[`::${child.name}`] =
      list === undefined
        ? deployOne(run, file, child, names, group, reference)
        : list.map((value) =>
            deployOne(run, file, child, withNames(names, { [item]: value }), group, reference),
          );
  }
  return reference;
}

function scopeFunction(name: string, group: string): Value | undefined {
  if (name === 'subscription') return () => ({ id: '/subscriptions/s', subscriptionId: 's' });
  if (name === 'resourceGroup') {
    return (...args) => ({ name: args.at(-1) ?? group, id: `/groups/${textOf(args.at(-1) ?? group)}` });
  }
  if (name !== 'resourceId') return undefined;
  return (...args) => {
    const [type, last] = args.slice(-2).map(textOf);
    const target = args.length > 2 ? textOf(args.at(-3)) : group;
    return `/groups/${target}/${type ?? ''}/${last ?? ''}`;
  };
}

function checkLength(statement: Declaration, value: Value): void {
  const length = typeof value === 'string' || isArray(value) ? value.length : undefined;
  for (const { e } of statement.decorators) {
    const limit = e.args?.[0];
    if (length === undefined || limit?.t !== 'int') continue;
    if (
      (e.name === 'maxLength' && length > limit.value) ||
      (e.name === 'minLength' && length < limit.value)
    ) {
      throw new Error(`${statement.name}: ${e.name} ${limit.value}, got ${length}`);
    }
  }
}

function isDeclared(statement: Declaration, given: ValueObject): boolean {
  return statement.name in given || statement.value !== null || statement.type?.t === 'tnullable';
}

function bodyOf(run: Run, file: string): BicepFile {
  const body = run.files.get(file);
  if (body === undefined) throw new Error(`no file ${file}`);
  return body;
}

function notMissing<T>(value: T | null, name: string): T {
  if (value === null) throw new Error(`${name} has no value`);
  return value;
}
