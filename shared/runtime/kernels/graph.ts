import { ProtobufReader } from '../../registry/protobuf-reader';

/** The parts of an ONNX graph that kernels look at; anything else makes a graph unknown. Field numbers: onnx.proto. */
export interface Graph {
  readonly nodes: readonly Node[];
  readonly weights: ReadonlyMap<string, Weights>;
}

export interface Node {
  readonly op: string;
  /** Empty for the standard operators. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Numeric attributes by name; undefined for one of another type. */
  readonly attributes: ReadonlyMap<string, number | undefined>;
}

/** An FP32 initialiser. */
export interface Weights {
  readonly dims: readonly number[];
  readonly values: Float32Array;
}

const FLOAT = 1;
/** Larger graphs are no kernel's; onnxruntime has them. */
const MOST_NODES = 4;

/**
 * Reads a graph for kernels; undefined where it has more nodes than any kernel takes, or weights that are not plain FP32.
 * Throws ServingError `invalid-model` for bytes that are no protobuf.
 */
export function readGraph(onnx: Uint8Array): Graph | undefined {
  const model = new ProtobufReader(Buffer.from(onnx.buffer, onnx.byteOffset, onnx.byteLength));
  let graph: Graph | undefined;
  while (model.next()) {
    if (model.field === 7) graph = readGraphProto(model.message());
    else model.skip();
  }
  return graph;
}

function readGraphProto(graph: ProtobufReader): Graph | undefined {
  const nodes: Node[] = [];
  const weights = new Map<string, Weights>();
  while (graph.next()) {
    if (graph.field === 1) {
      nodes.push(readNode(graph.message()));
      if (nodes.length > MOST_NODES) return undefined;
    } else if (graph.field === 5) {
      const tensor = readWeights(graph.message());
      if (!tensor) return undefined;
      weights.set(tensor.name, tensor);
    } else if (graph.field === 15) {
      return undefined; // sparse initialisers
    } else {
      graph.skip();
    }
  }
  return { nodes, weights };
}

function readNode(reader: ProtobufReader): Node {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, number | undefined>();
  let op = '';
  let domain = '';
  while (reader.next()) {
    if (reader.field === 1) inputs.push(reader.text());
    else if (reader.field === 2) outputs.push(reader.text());
    else if (reader.field === 4) op = reader.text();
    else if (reader.field === 5) attributes.set(...readAttribute(reader.message()));
    else if (reader.field === 7) domain = reader.text();
    else reader.skip();
  }
  return { op, domain: domain === 'ai.onnx' ? '' : domain, inputs, outputs, attributes };
}

function readAttribute(reader: ProtobufReader): [name: string, value: number | undefined] {
  let name = '';
  let value: number | undefined;
  while (reader.next()) {
    if (reader.field === 1) name = reader.text();
    else if (reader.field === 2) value = reader.float();
    else if (reader.field === 3) value = reader.integer();
    else reader.skip();
  }
  return [name, value];
}

/** Undefined for another type, external data, or values that are not written as raw bytes or packed floats. */
function readWeights(reader: ProtobufReader): (Weights & { readonly name: string }) | undefined {
  const dims: number[] = [];
  let elements: Buffer | undefined;
  let name = '';
  let isFloat = false;
  while (reader.next()) {
    if (reader.field === 1) {
      if (!reader.isVarint) return undefined; // packed dims: not how exporters write them
      dims.push(reader.integer());
    } else if (reader.field === 2) isFloat = reader.integer() === FLOAT;
    else if (reader.field === 8) name = reader.text();
    else if (reader.field === 9) elements = reader.bytes();
    else if (reader.field === 4) {
      if (reader.isVarint || elements) return undefined;
      elements = reader.bytes();
    } else if (reader.field === 13 || reader.field === 14) return undefined;
    else reader.skip();
  }
  const count = dims.reduce((product, size) => product * size, 1);
  if (!isFloat || elements?.length !== count * 4) return undefined;
  return { name, dims, values: floats(elements) };
}

/** A copy: the bytes may be unaligned, and a kernel must not keep a whole pack alive. */
function floats(bytes: Buffer): Float32Array {
  return new Float32Array(new Uint8Array(bytes).buffer);
}
