import { readVarint, textOfField, wireFields, type WireField } from './wire-field';

/** A NodeProto, with its attributes by name as places in the file: those of tree ensembles are most of it. */
export interface GraphNode {
  readonly field: WireField;
  readonly op: string;
  /** '' is ai.onnx. */
  readonly domain: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: readonly WireField[];
}

/** Class labels, in the order of a probability tensor's columns. */
export type ClassLabels =
  | { readonly datatype: 'INT64'; readonly values: readonly bigint[] }
  | { readonly datatype: 'BYTES'; readonly values: readonly string[] };

/** Reads the NodeProto that `field` of a graph holds. */
export function readNode(bytes: Uint8Array, field: WireField): GraphNode {
  const texts: Record<number, string> = {};
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes: WireField[] = [];
  for (const part of wireFields(bytes, field.content, field.end)) {
    if (part.number === 5) attributes.push(part);
    else if (part.number === 1) inputs.push(textOfField(bytes, part));
    else if (part.number === 2) outputs.push(textOfField(bytes, part));
    else if ([3, 4, 7].includes(part.number)) texts[part.number] = textOfField(bytes, part);
  }
  const domain = texts[7] ?? '';
  return {
    field,
    op: texts[4] ?? '',
    domain: domain === 'ai.onnx' ? '' : domain,
    name: texts[3] ?? '',
    inputs,
    outputs,
    attributes,
  };
}

/** An AttributeProto's name and text (field `s`). */
export function readTextAttribute(
  bytes: Uint8Array,
  field: WireField,
): { readonly name: string; readonly text: string } {
  let name = '';
  let text = '';
  for (const part of wireFields(bytes, field.content, field.end)) {
    if (part.number === 1) name = textOfField(bytes, part);
    else if (part.number === 4) text = textOfField(bytes, part);
  }
  return { name, text };
}

/** The class labels of a ZipMap node; undefined where it has none (a model of several targets). */
export function readClassLabels(bytes: Uint8Array, node: GraphNode): ClassLabels | undefined {
  for (const attribute of node.attributes) {
    const labels = readLabels(bytes, attribute);
    if (labels !== undefined && labels.values.length > 0) return labels;
  }
  return undefined;
}

function readLabels(bytes: Uint8Array, attribute: WireField): ClassLabels | undefined {
  let name = '';
  const integers: bigint[] = [];
  const texts: string[] = [];
  for (const part of wireFields(bytes, attribute.content, attribute.end)) {
    if (part.number === 1) name = textOfField(bytes, part);
    else if (part.number === 8) integers.push(...readIntegers(bytes, part));
    else if (part.number === 9) texts.push(textOfField(bytes, part));
  }
  if (name === 'classlabels_strings') return { datatype: 'BYTES', values: texts };
  return name === 'classlabels_int64s' ? { datatype: 'INT64', values: integers } : undefined;
}

/** One number of a repeated field, or all of them where they are packed. */
function readIntegers(bytes: Uint8Array, field: WireField): bigint[] {
  const integers: bigint[] = [];
  for (let at = field.content; at < field.end;) {
    const { value, end } = readVarint(bytes, at, field.end);
    integers.push(BigInt.asIntN(64, value));
    at = end;
  }
  return integers;
}
