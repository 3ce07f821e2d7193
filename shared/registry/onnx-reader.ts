import { datatypeOfElemType } from '../tensor/onnx-type';
import { describeType, type OnnxValueType, readType } from './onnx-type-proto';
import { ProtobufReader } from './protobuf-reader';
import type { Signature, TensorSpec } from './signature';

/** An input or output that is no tensor, or a tensor of a type that cannot be served. */
interface OtherValue {
  readonly name: string;
  /** In ONNX's words: `tensor(bfloat16)`, `sequence(map(int64,tensor(float)))`. */
  readonly type: string;
}

/** What an ONNX file says about itself, without its weights. */
export interface OnnxSummary {
  readonly irVersion: number;
  readonly producer: string;
  /** Opset version by domain; '' is ai.onnx. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Tensors only. Weights that are listed as inputs are left out. */
  readonly signature: Signature;
  /** Inputs that cannot be fed: the model cannot be served. */
  readonly otherInputs: readonly OtherValue[];
  /** Outputs that must not be fetched: one of them fails the whole run. */
  readonly otherOutputs: readonly OtherValue[];
  /** Side files of the weights, each named once, relative to the model's folder. */
  readonly externalData: readonly string[];
}

interface Value {
  readonly name: string;
  readonly type: OnnxValueType;
}

interface Graph {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly initializers: ReadonlySet<string>;
  readonly externalData: ReadonlySet<string>;
}

/**
 * Reads the head of an ONNX file (a ModelProto; field numbers are those of onnx.proto) in one pass that skips nodes
 * and weights by their lengths. Whatever the bytes are, it ends with a summary or with ServingError `invalid-model`
 * that names the byte offset.
 */
export function readOnnx(bytes: Uint8Array): OnnxSummary {
  const model = new ProtobufReader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const opsets: [string, number][] = [];
  const metadata: [string, string][] = [];
  let irVersion = 0;
  let producer = '';
  let graph: Graph | undefined;
  while (model.next()) {
    switch (model.field) {
      case 1:
        irVersion = model.integer();
        break;
      case 2:
        producer = model.text();
        break;
      case 7:
        if (graph !== undefined) model.fail('a second graph');
        graph = readGraph(model.message());
        break;
      case 8:
        opsets.push(readOpset(model.message()));
        break;
      case 14:
        metadata.push(readPair(model.message()));
        break;
      default:
        model.skip();
    }
  }
  if (graph === undefined) return model.fail('there is no graph');
  return {
    irVersion,
    producer,
    opsets: Object.fromEntries(opsets),
    metadata: Object.fromEntries(metadata),
    ...interfaceOf(graph),
  };
}

function readGraph(graph: ProtobufReader): Graph {
  const inputs = new Map<string, Value>();
  const outputs = new Map<string, Value>();
  const initializers = new Set<string>();
  const externalData = new Set<string>();
  while (graph.next()) {
    switch (graph.field) {
      case 5:
        initializers.add(readInitializer(graph.message(), externalData));
        break;
      case 11:
        readValue(graph.message(), inputs);
        break;
      case 12:
        readValue(graph.message(), outputs);
        break;
      default:
        graph.skip();
    }
  }
  return { inputs: [...inputs.values()], outputs: [...outputs.values()], initializers, externalData };
}

/** Reads a ValueInfoProto into `values`, whose names are unique. */
function readValue(value: ProtobufReader, values: Map<string, Value>): void {
  let name = '';
  let type: OnnxValueType = { kind: 'other', description: 'no type' };
  while (value.next()) {
    if (value.field === 1) name = value.text();
    else if (value.field === 2) type = readType(value.message());
    else value.skip();
  }
  if (name === '' || name === '__proto__') value.fail(`${JSON.stringify(name)} is not a name to serve`);
  if (values.has(name)) value.fail(`a second ${JSON.stringify(name)}`);
  values.set(name, { name, type });
}

/** The name of a TensorProto; its external locations are added to `locations`. */
function readInitializer(tensor: ProtobufReader, locations: Set<string>): string {
  let name = '';
  while (tensor.next()) {
    if (tensor.field === 8) name = tensor.text();
    else if (tensor.field === 13) {
      const [key, value] = readPair(tensor.message());
      if (key !== 'location') continue;
      if (!isInsideFolder(value)) tensor.fail("external data outside the model's folder");
      locations.add(value);
    } else tensor.skip();
  }
  return name;
}

/** A relative path without any way out: the file system of whoever serves the model is not the exporter's. */
function isInsideFolder(location: string): boolean {
  return (
    /^[^\\:\p{Cc}]+$/u.test(location) &&
    location.split('/').every((segment) => !['', '.', '..'].includes(segment))
  );
}

function readOpset(opset: ProtobufReader): [string, number] {
  let domain = '';
  let version = 0;
  while (opset.next()) {
    if (opset.field === 1) domain = opset.text();
    else if (opset.field === 2) version = opset.integer();
    else opset.skip();
  }
  return [domain, version];
}

/** A StringStringEntryProto. */
function readPair(entry: ProtobufReader): [string, string] {
  let key = '';
  let value = '';
  while (entry.next()) {
    if (entry.field === 1) key = entry.text();
    else if (entry.field === 2) value = entry.text();
    else entry.skip();
  }
  return [key, value];
}

function interfaceOf({ inputs, outputs, initializers, externalData }: Graph) {
  const fed = inputs.filter(({ name }) => !initializers.has(name));
  return {
    signature: { inputs: fed.flatMap(specOf), outputs: outputs.flatMap(specOf) },
    otherInputs: fed.flatMap(otherOf),
    otherOutputs: outputs.flatMap(otherOf),
    externalData: [...externalData].sort(),
  };
}

function specOf({ name, type }: Value): TensorSpec[] {
  if (type.kind !== 'tensor') return [];
  const datatype = datatypeOfElemType(type.elemType);
  if (datatype === undefined) return [];
  const isNamed = type.symbols.some((symbol) => symbol !== undefined);
  return [{ name, datatype, shape: type.shape, ...(isNamed && { symbols: type.symbols }) }];
}

function otherOf(value: Value): OtherValue[] {
  const { name, type } = value;
  return specOf(value).length === 0 ? [{ name, type: describeType(type) }] : [];
}
