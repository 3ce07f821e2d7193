/** The syntax trees that the handed checker's parser gives, as far as the evaluator walks them. */
export type Expression =
  | { readonly t: 'str'; readonly parts: readonly (string | Expression)[] }
  | { readonly t: 'int'; readonly value: number }
  | { readonly t: 'bool'; readonly value: boolean }
  | { readonly t: 'null' }
  | { readonly t: 'arr'; readonly items: readonly Expression[] }
  | { readonly t: 'spread'; readonly value: Expression }
  | ForExpression
  | ObjectExpression
  | { readonly t: 'cond'; readonly c: Expression; readonly a: Expression; readonly b: Expression }
  | { readonly t: 'un'; readonly op: string; readonly e: Expression }
  | { readonly t: 'bin'; readonly op: string; readonly l: Expression; readonly r: Expression }
  | { readonly t: 'nonnull'; readonly e: Expression }
  | { readonly t: 'lambda'; readonly params: readonly string[]; readonly body: Expression }
  | { readonly t: 'ref'; readonly name: string }
  | { readonly t: 'mem' | 'nested'; readonly e: Expression; readonly name: string; readonly safe?: boolean }
  | { readonly t: 'idx'; readonly e: Expression; readonly ix: Expression; readonly safe?: boolean }
  | CallExpression;

export interface CallExpression {
  readonly t: 'call';
  readonly on: Expression | null;
  readonly name: string;
  readonly args: readonly Expression[];
}

interface ForExpression {
  readonly t: 'for';
  readonly item: string;
  readonly index: string | null;
  readonly list: Expression;
  readonly body: Expression;
}

export interface ObjectExpression {
  readonly t: 'obj';
  readonly props: readonly (
    | { readonly t: 'prop'; readonly key: Expression; readonly value: Expression }
    | { readonly t: 'spread'; readonly value: Expression }
    | Deployable
  )[];
}

/** A resource or a module. */
export interface Deployable {
  readonly t: 'resource' | 'module';
  readonly name: string;
  readonly decorators: readonly Decorator[];
  readonly type: Expression;
  readonly path: Expression;
  readonly existing?: boolean;
  readonly cond: Expression | null;
  readonly loop: ForExpression | null;
  readonly obj: ObjectExpression;
}

interface Decorator {
  readonly e: { readonly name: string; readonly args?: readonly Expression[] };
}

export interface Declaration {
  readonly t: 'param' | 'var' | 'func' | 'output' | 'type' | 'metadata';
  readonly name: string;
  readonly decorators: readonly Decorator[];
  readonly type: { readonly t: string } | null;
  readonly value: Expression | null;
  readonly params?: readonly { readonly name: string }[];
}

interface Import {
  readonly t: 'import';
  readonly items: readonly { readonly name: string; readonly as: string }[];
  readonly path: Expression;
}

export type Statement =
  Deployable | Declaration | Import | { readonly t: 'targetScope'; readonly value: Expression };
export type BicepFile = readonly Statement[];

export function isDeployable(statement: Statement): statement is Deployable {
  return statement.t === 'resource' || statement.t === 'module';
}

export function parseBicepFiles(json: string): readonly (readonly [string, BicepFile])[] {
  return JSON.parse(json) as readonly (readonly [string, BicepFile])[];
}
