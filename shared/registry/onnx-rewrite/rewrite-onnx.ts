import { readClassLabels, readTextAttribute, type ClassLabels, type GraphNode } from './graph-node';
import { readGraphParts, type GraphOutput, type GraphParts } from './graph-parts';
import { writeField, writeHead, writeInteger, type WireField } from './wire-field';

export interface OnnxRewrite {
  /** The bytes that came in where nothing had to change. */
  readonly bytes: Uint8Array;
  /** Class labels of the probability tensors that took a ZipMap's place, by output. */
  readonly classLabels: Readonly<Record<string, ClassLabels>>;
  /** What was done, a sentence each; empty where nothing was. */
  readonly changes: readonly string[];
}

/** Replaces one field of the graph by others. */
interface Edit {
  readonly field: WireField;
  readonly replacement: readonly Buffer[];
}

const FLOAT = 1;
const INT64 = 7;
const STRING = 8;
/** What Linux always has; onnxruntime's default, en_US.UTF-8, is missing in slim images. Both case characters alike. */
const PORTABLE_LOCALE = 'C.UTF-8';
/** The first with Identity as it is; only written where a model has no ai.onnx operator at all. */
const IDENTITY_OPSET = 9;

/**
 * Makes a model servable that onnxruntime-node cannot run as it is, without reading its weights:
 * - a ZipMap (scikit-learn's and LightGBM's default export) goes: its output becomes the probability tensor FP32
 *   `[-1, classes]` under the same name, and its class labels are kept beside;
 * - a SequenceConstruct (several targets) goes: its output becomes one tensor an element, `{output}_0`, `{output}_1`, …;
 * - LightGBM's label output, declared `[1]` although it has one label a row, becomes `[-1]`;
 * - a StringNormalizer gets a locale that every Linux has (`platform` says whether that is so).
 * Outputs of other types stay and are not fetched. Throws `invalid-model` where the bytes are no ONNX file.
 */
export function rewriteOnnx(bytes: Uint8Array, platform: NodeJS.Platform = process.platform): OnnxRewrite {
  const parts = readGraphParts(bytes);
  const classLabels: Record<string, ClassLabels> = {};
  const changes: string[] = [];
  const edits: Edit[] = [];
  for (const output of parts.outputs) {
    if (output.type.kind !== 'sequence') continue;
    const node = parts.nodes.find((each) => each.outputs[0] === output.name);
    if (node?.op === 'ZipMap' && node.domain === 'ai.onnx.ml') {
      const labels = readClassLabels(bytes, node);
      if (labels !== undefined) classLabels[output.name] = labels;
      edits.push(...zipMapEdits(output, node, labels));
      changes.push(`${output.name}: ZipMap dropped, the probability tensor is the output`);
    } else if (node?.op === 'SequenceConstruct' && output.type.elemType !== undefined) {
      edits.push(...sequenceEdits(output, node, output.type.elemType, parts));
      changes.push(`${output.name}: sequence split into ${node.inputs.length} outputs`);
    }
  }
  const needsIdentity = edits.length > 0;
  if (needsIdentity && parts.hasVaryingBatch) editFixedLabels(parts, edits, changes);
  if (platform === 'linux') editLocales(bytes, parts, edits, changes);
  if (edits.length === 0) return { bytes, classLabels, changes };
  const opset =
    needsIdentity && !parts.importedDomains.has('') ? [writeField(8, writeInteger(2, IDENTITY_OPSET))] : [];
  return { bytes: applied(bytes, parts.field, edits, opset), classLabels, changes };
}

/** Without labels (several targets) the tensor has a rank of its own: its shape is left open. */
function zipMapEdits(output: GraphOutput, node: GraphNode, labels: ClassLabels | undefined): Edit[] {
  const shape = labels === undefined ? undefined : [-1, labels.values.length];
  return [
    { field: node.field, replacement: [identity(node.inputs[0] ?? '', output.name)] },
    { field: output.field, replacement: [tensorOutput(output.name, FLOAT, shape)] },
  ];
}

function sequenceEdits(output: GraphOutput, node: GraphNode, elemType: number, parts: GraphParts): Edit[] {
  const taken = new Set(parts.nodes.flatMap((each) => [...each.inputs, ...each.outputs]));
  const names = node.inputs.map((_, index) => {
    let name = `${output.name}_${index}`;
    while (taken.has(name)) name += '_';
    return name;
  });
  return [
    { field: node.field, replacement: names.map((name, index) => identity(node.inputs[index] ?? '', name)) },
    { field: output.field, replacement: names.map((name) => tensorOutput(name, elemType, undefined)) },
  ];
}

function editFixedLabels(parts: GraphParts, edits: Edit[], changes: string[]): void {
  for (const { field, name, type } of parts.outputs) {
    if (type.kind !== 'tensor' || type.shape?.length !== 1 || type.shape[0] !== 1) continue;
    if (type.elemType !== INT64 && type.elemType !== STRING) continue;
    edits.push({ field, replacement: [tensorOutput(name, type.elemType, [-1])] });
    changes.push(`${name}: declared as one label, is one label a row`);
  }
}

function editLocales(bytes: Uint8Array, parts: GraphParts, edits: Edit[], changes: string[]): void {
  for (const node of parts.nodes) {
    if (node.op !== 'StringNormalizer' || node.domain !== '') continue;
    const isLocale = (field: WireField) => readTextAttribute(bytes, field).name === 'locale';
    const locale = node.attributes.find(isLocale);
    if (locale !== undefined && !readTextAttribute(bytes, locale).text.startsWith('en_US')) continue;
    const kept = node.attributes
      .filter((field) => field !== locale)
      .map(({ start, end }) => bytes.subarray(start, end));
    edits.push({ field: node.field, replacement: [normalizer(node, kept)] });
    changes.push(`${node.name || node.op}: locale ${PORTABLE_LOCALE}, which needs no language pack`);
  }
}

function normalizer({ inputs, outputs, name, op }: GraphNode, attributes: readonly Uint8Array[]): Buffer {
  const locale = [writeField(1, 'locale'), writeField(4, PORTABLE_LOCALE), writeInteger(20, 3)];
  return writeField(
    1,
    Buffer.concat([
      ...inputs.map((input) => writeField(1, input)),
      ...outputs.map((output) => writeField(2, output)),
      writeField(3, name),
      writeField(4, op),
      ...attributes,
      writeField(5, Buffer.concat(locale)),
    ]),
  );
}

/** A graph's node field. */
function identity(input: string, output: string): Buffer {
  return writeField(
    1,
    Buffer.concat([
      writeField(1, input),
      writeField(2, output),
      writeField(3, `serve-${output}`),
      writeField(4, 'Identity'),
    ]),
  );
}

/** A graph's output field. */
function tensorOutput(name: string, elemType: number, shape: readonly number[] | undefined): Buffer {
  const sizes = shape?.map((size) => writeField(1, size === -1 ? '' : writeInteger(1, size)));
  const shapeField = sizes === undefined ? [] : [writeField(2, Buffer.concat(sizes))];
  const tensor = Buffer.concat([writeInteger(1, elemType), ...shapeField]);
  return writeField(12, Buffer.concat([writeField(1, name), writeField(2, writeField(1, tensor))]));
}

/** The model with its graph edited and `added` at its end; everything else is copied as it lies. */
function applied(
  bytes: Uint8Array,
  graph: WireField,
  edits: readonly Edit[],
  added: readonly Buffer[],
): Buffer {
  const pieces: Uint8Array[] = [];
  let at = graph.content;
  for (const { field, replacement } of [...edits].sort((a, b) => a.field.start - b.field.start)) {
    pieces.push(bytes.subarray(at, field.start), ...replacement);
    at = field.end;
  }
  pieces.push(bytes.subarray(at, graph.end));
  const length = pieces.reduce((total, piece) => total + piece.length, 0);
  return Buffer.concat([
    bytes.subarray(0, graph.start),
    writeHead(7, length),
    ...pieces,
    bytes.subarray(graph.end),
    ...added,
  ]);
}
