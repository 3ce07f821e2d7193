import { ServingError } from '../errors';

/** What onnxruntime says of a file that it cannot load → what the owner of the model can act on. */
const LOAD_REASONS: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/protobuf parsing failed|model data pointer is null/i, 'the file is no ONNX model or is cut short'],
  [/unsupported model ir version: (\d+), max supported ir version: (\d+)/i, 'its IR version $1 is above $2'],
  [/opset (\d+) is under development/i, 'its opset $1 is newer than this runtime'],
  [/unsupported data type: (\d+)/i, 'it has an input or output of the unsupported ONNX type $1'],
  [/no opset import for domain '([^']*)'/i, "it uses operators of the domain '$1', which has no opset"],
  [/fatal error: (\S+) is not a registered function\/op/i, 'it uses the operator $1, which is not built in'],
  [/external data|external initializer/i, 'its external data is missing or does not fit'],
];

/** A load failure without paths of native sources, by its cause where it is a known one. */
export function toLoadError(thrown: unknown): ServingError {
  const text = messageOf(thrown);
  for (const [pattern, reason] of LOAD_REASONS) {
    const match = pattern.exec(text);
    if (match) {
      const said = reason.replace(/\$(\d)/g, (_, group: string) => match[Number(group)] ?? '');
      return new ServingError('invalid-model', `The model cannot be loaded: ${said}`, { cause: thrown });
    }
  }
  return new ServingError('invalid-model', `The model cannot be loaded: ${cleanText(text)}`, {
    cause: thrown,
  });
}

/** A failed run: which node failed and why. */
export function toRunError(thrown: unknown): ServingError {
  const text = messageOf(thrown);
  const node = /while running (\S+) node(?:\. Name:'([^']*)')?/.exec(text);
  const reason = cleanText(text.replace(/^.*Status Message: /s, ''));
  const where = node ? `node ${node[1] ?? ''}${node[2] ? ` "${node[2]}"` : ''}: ` : '';
  return new ServingError('inference-failed', `The model failed to run: ${where}${reason}`, {
    cause: thrown,
  });
}

/** Cuts what native code puts into its texts: file paths with lines, C++ signatures, the failed condition. */
function cleanText(text: string): string {
  return text
    .replace(/(?:[A-Za-z]:)?[\w./\\-]*\.(?:cc|cpp|h|hpp|cu)(?::\d+|\(\d+\))?/g, ' ')
    .replace(/[\w:<>*&, ]*\b\w+::[\w:~<>]+\s?\([^()]*\)(?:\s?const)?/g, ' ')
    .replace(/^.*? was false\. ?/s, '')
    .replace(/\bPlease fix either the inputs\/outputs or the model\.?/g, '')
    .replace(/\[ONNXRuntimeError\] : \d+ : \w+ : /g, '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 300);
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
