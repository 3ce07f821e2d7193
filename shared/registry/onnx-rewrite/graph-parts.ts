import { ServingError } from '../../errors';
import { readNode, type GraphNode } from './graph-node';
import { readVarint, textOfField, wireFields, type WireField } from './wire-field';

/** An output of the graph. */
export interface GraphOutput {
  readonly field: WireField;
  readonly name: string;
  readonly type: OutputType;
}

export type OutputType =
  /** Sizes; −1 where one varies. */
  | { readonly kind: 'tensor'; readonly elemType: number; readonly shape: readonly number[] | undefined }
  /** A sequence of maps, or of tensors of `elemType`. */
  | { readonly kind: 'sequence'; readonly elemType: number | undefined }
  | { readonly kind: 'other' };

/** What rewriting looks at. Initialisers are stepped over by their lengths, however large they are. */
export interface GraphParts {
  /** The graph in the model. */
  readonly field: WireField;
  readonly nodes: readonly GraphNode[];
  readonly outputs: readonly GraphOutput[];
  /** True where some input's first size varies. */
  readonly hasVaryingBatch: boolean;
  /** Domains of the model's opset imports. */
  readonly importedDomains: ReadonlySet<string>;
  /** Domains of functions that the model defines itself. */
  readonly functionDomains: ReadonlySet<string>;
}

/** Reads the parts of a ModelProto. Throws `invalid-model` for what is none. */
export function readGraphParts(bytes: Uint8Array): GraphParts {
  const importedDomains = new Set<string>();
  const functionDomains = new Set<string>();
  let graph: WireField | undefined;
  for (const field of wireFields(bytes)) {
    if (field.number === 7) graph = field;
    else if (field.number === 8) importedDomains.add(domainOf(bytes, field, 1));
    else if (field.number === 25) functionDomains.add(domainOf(bytes, field, 10));
  }
  if (graph === undefined)
    throw new ServingError('invalid-model', 'The ONNX file is not valid: there is no graph');
  return { field: graph, importedDomains, functionDomains, ...readGraph(bytes, graph) };
}

function readGraph(bytes: Uint8Array, graph: WireField) {
  const nodes: GraphNode[] = [];
  const outputs: GraphOutput[] = [];
  let hasVaryingBatch = false;
  for (const field of wireFields(bytes, graph.content, graph.end)) {
    if (field.number === 1) nodes.push(readNode(bytes, field));
    else if (field.number === 12) outputs.push(readOutput(bytes, field));
    else if (field.number === 11) {
      const { type } = readOutput(bytes, field);
      if (type.kind === 'tensor' && type.shape?.[0] === -1) hasVaryingBatch = true;
    }
  }
  return { nodes, outputs, hasVaryingBatch };
}

function readOutput(bytes: Uint8Array, field: WireField): GraphOutput {
  let name = '';
  let type: OutputType = { kind: 'other' };
  for (const part of wireFields(bytes, field.content, field.end)) {
    if (part.number === 1) name = textOfField(bytes, part);
    else if (part.number === 2) type = readType(bytes, part);
  }
  return { field, name, type };
}

/** Reads a TypeProto. */
function readType(bytes: Uint8Array, field: WireField): OutputType {
  for (const part of wireFields(bytes, field.content, field.end)) {
    if (part.number === 1) return readTensorType(bytes, part);
    if (part.number === 4) return { kind: 'sequence', elemType: readSequenceElemType(bytes, part) };
  }
  return { kind: 'other' };
}

/** Element type of a sequence of tensors; undefined for a sequence of something else. */
function readSequenceElemType(bytes: Uint8Array, sequence: WireField): number | undefined {
  for (const part of wireFields(bytes, sequence.content, sequence.end)) {
    if (part.number !== 1) continue;
    const element = readType(bytes, part);
    return element.kind === 'tensor' ? element.elemType : undefined;
  }
  return undefined;
}

function readTensorType(bytes: Uint8Array, tensor: WireField): OutputType {
  let elemType = 0;
  let shape: number[] | undefined;
  for (const part of wireFields(bytes, tensor.content, tensor.end)) {
    if (part.number === 1) elemType = bytes[part.content] ?? 0;
    else if (part.number === 2) {
      shape = [...wireFields(bytes, part.content, part.end)].map((dimension) => readSize(bytes, dimension));
    }
  }
  return { kind: 'tensor', elemType, shape };
}

/** −1 for a size that varies; exporters also write it as a number. */
function readSize(bytes: Uint8Array, dimension: WireField): number {
  for (const part of wireFields(bytes, dimension.content, dimension.end)) {
    if (part.number === 1) return Number(BigInt.asIntN(64, readVarint(bytes, part.content, part.end).value));
  }
  return -1;
}

/** An opset import's or function's domain; 'ai.onnx' is ''. */
function domainOf(bytes: Uint8Array, field: WireField, domainField: number): string {
  for (const part of wireFields(bytes, field.content, field.end)) {
    if (part.number === domainField) return textOfField(bytes, part).replace(/^ai\.onnx$/, '');
  }
  return '';
}
