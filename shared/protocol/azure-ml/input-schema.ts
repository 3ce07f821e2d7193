import type { TensorSpec } from '../../registry/signature';
import type { Datatype } from '../../tensor/tensor';
import type { ColumnType, SignatureColumn } from '../mlflow/signature';

/** JSON Schema as OpenAPI 3.0 and Swagger 2.0 both take it: without references. */
export type Schema = Readonly<Record<string, unknown>>;

/** What an endpoint takes, as its document describes it. */
export type DescribedInput =
  /** Row records, whose sample the endpoint makes of its own models. */
  | {
      readonly kind: 'rows';
      readonly columns: readonly {
        readonly name: string;
        readonly type: 'number' | 'timestamp' | 'text';
        readonly description?: string | undefined;
        readonly isRequired: boolean;
      }[];
      readonly sample: readonly Readonly<Record<string, string | number>>[];
    }
  /** The columns of an MLflow signature. */
  | { readonly kind: 'columns'; readonly columns: readonly SignatureColumn[] }
  | { readonly kind: 'tensors'; readonly inputs: readonly TensorSpec[] };

/** A body's schema and one body that fits it. */
export interface DescribedBody {
  readonly schema: Schema;
  readonly sample: unknown;
}

const ROW_TYPES = {
  number: { type: 'number' },
  timestamp: { type: 'string', format: 'date-time' },
  text: { type: 'string' },
} as const;
const SCALAR_TYPES: Readonly<
  Record<Exclude<ColumnType, object>, { readonly schema: Schema; readonly sample: unknown }>
> = {
  boolean: { schema: { type: 'boolean' }, sample: true },
  integer: { schema: { type: 'integer', format: 'int32' }, sample: 0 },
  long: { schema: { type: 'integer', format: 'int64' }, sample: 0 },
  float: { schema: { type: 'number', format: 'float' }, sample: 0 },
  double: { schema: { type: 'number', format: 'double' }, sample: 0 },
  string: { schema: { type: 'string' }, sample: 'text' },
  binary: { schema: { type: 'string', format: 'byte' }, sample: 'dGV4dA==' },
  datetime: { schema: { type: 'string', format: 'date-time' }, sample: '2001-06-15T12:00:00Z' },
};

/** The body of a scoring request, described and shown. */
export function describeBody(input: DescribedInput): DescribedBody {
  switch (input.kind) {
    case 'rows':
      return rowsBody(input.columns, input.sample);
    case 'columns':
      return frameBody(input.columns);
    case 'tensors':
      return tensorsBody(input.inputs);
  }
}

/** The nested array of a tensor, with a length where the model fixes it. */
export function tensorSchema({ datatype, shape }: Pick<TensorSpec, 'datatype' | 'shape'>): Schema {
  if (shape === undefined) return { type: 'array', items: {} };
  return [...shape].reverse().reduce<Schema>((items, size) => {
    const length = size === -1 ? {} : { minItems: size, maxItems: size };
    return { type: 'array', ...length, items };
  }, elementOf(datatype).schema);
}

function rowsBody(
  columns: Extract<DescribedInput, { kind: 'rows' }>['columns'],
  sample: readonly unknown[],
): DescribedBody {
  const properties = columns.map(({ name, type, description }): [string, Schema] => [
    name,
    { ...ROW_TYPES[type], ...(description !== undefined && { description }) },
  ]);
  const required = columns.filter(({ isRequired }) => isRequired).map(({ name }) => name);
  const row = objectSchema(Object.fromEntries(properties), required);
  return {
    schema: objectSchema({ rows: { type: 'array', items: row } }, ['rows']),
    sample: { rows: sample },
  };
}

function frameBody(columns: readonly SignatureColumn[]): DescribedBody {
  const names = columns.map(({ name }, index) => name ?? String(index));
  const cells = columns.map(({ type }) => columnSchema(type));
  const frame = objectSchema(
    {
      columns: { type: 'array', items: { type: 'string' } },
      index: { type: 'array', items: { type: 'integer' } },
      data: {
        type: 'array',
        items: { type: 'array', minItems: names.length, maxItems: names.length, items: {} },
      },
    },
    ['columns', 'data'],
  );
  const kinds = columns.map(({ type }, index) => `${names[index] ?? ''} (${describeType(type)})`);
  const described = { ...frame, description: `Columns: ${kinds.join(', ')}` };
  const sample = { columns: names, index: [0], data: [cells.map((cell) => cell.sample)] };
  return { schema: objectSchema({ input_data: described }, ['input_data']), sample: { input_data: sample } };
}

function tensorsBody(inputs: readonly TensorSpec[]): DescribedBody {
  const [only] = inputs;
  const isOne = only !== undefined && inputs.length === 1;
  const schema = isOne
    ? tensorSchema(only)
    : objectSchema(
        Object.fromEntries(inputs.map((input) => [input.name, tensorSchema(input)])),
        inputs.map(({ name }) => name),
      );
  const sample = isOne
    ? tensorSample(only)
    : Object.fromEntries(inputs.map((input) => [input.name, tensorSample(input)]));
  return { schema: objectSchema({ input_data: schema }, ['input_data']), sample: { input_data: sample } };
}

function tensorSample({ datatype, shape }: TensorSpec): unknown {
  return [...(shape ?? [-1])]
    .reverse()
    .reduce<unknown>(
      (item, size) => Array.from({ length: size === -1 ? 1 : size }, () => item),
      elementOf(datatype).sample,
    );
}

function columnSchema(type: ColumnType): { readonly schema: Schema; readonly sample: unknown } {
  if (typeof type !== 'object') return SCALAR_TYPES[type];
  const items = columnSchema(type.array);
  return { schema: { type: 'array', items: items.schema }, sample: [items.sample] };
}

function describeType(type: ColumnType): string {
  return typeof type === 'object' ? `array of ${describeType(type.array)}` : type;
}

function elementOf(datatype: Datatype): { readonly schema: Schema; readonly sample: unknown } {
  if (datatype === 'BOOL') return SCALAR_TYPES.boolean;
  if (datatype === 'BYTES') return SCALAR_TYPES.string;
  if (datatype.startsWith('FP')) return { schema: { type: 'number' }, sample: 0 };
  return { schema: { type: 'integer' }, sample: 0 };
}

function objectSchema(properties: Readonly<Record<string, Schema>>, required: readonly string[]): Schema {
  return { type: 'object', properties, ...(required.length > 0 && { required }) };
}
