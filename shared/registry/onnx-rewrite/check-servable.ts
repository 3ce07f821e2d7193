import type { OnnxSummary } from '../onnx-reader';
import { readGraphParts } from './graph-parts';

/** Newest versions that onnxruntime 1.30 loads, by domain; found by loading models of each. */
const NEWEST_OPSETS: Readonly<Record<string, number>> = { '': 26, 'ai.onnx': 26, 'ai.onnx.ml': 5 };
const NEWEST_IR_VERSION = 13;
const KNOWN_DOMAINS: ReadonlySet<string> = new Set([
  '',
  'ai.onnx.ml',
  'ai.onnx.training',
  'ai.onnx.preview.training',
  'com.microsoft',
  'com.microsoft.experimental',
  'com.microsoft.nchwc',
  'com.ms.internal.nhwc',
  'org.pytorch.aten',
]);

/**
 * Why a model cannot be served, a sentence each; empty where nothing speaks against it. `summary` is that of `bytes`,
 * after rewriting. Only an actual load can say that a model does run.
 */
export function checkServable(bytes: Uint8Array, summary: OnnxSummary): readonly string[] {
  return [
    ...summary.otherInputs.map(
      ({ name, type }) => `The input ${quoted(name)} is ${type}, which cannot be sent`,
    ),
    ...summary.otherOutputs.flatMap(({ name, type }) => outputReason(name, type)),
    ...(summary.signature.outputs.length === 0 ? ['No output is a tensor of a type that is served'] : []),
    ...versionReasons(summary),
    ...domainReasons(bytes),
  ];
}

/** Sequences and maps are loaded and not fetched; tensors of types that onnxruntime-node does not know fail the load. */
function outputReason(name: string, type: string): string[] {
  const isOnlyNotFetched = /^(sequence|map|optional)\(/.test(type);
  return isOnlyNotFetched ? [] : [`The output ${quoted(name)} is ${type}, which cannot be answered`];
}

function versionReasons({ opsets, irVersion }: OnnxSummary): string[] {
  const reasons = Object.entries(opsets).flatMap(([domain, version]) => {
    const newest = NEWEST_OPSETS[domain];
    if (newest === undefined || version <= newest) return [];
    return [
      `Opset ${version} of ${domain || 'ai.onnx'} is newer than ${newest}, the newest that the runtime knows`,
    ];
  });
  if (irVersion > NEWEST_IR_VERSION) {
    reasons.push(
      `IR version ${irVersion} is newer than ${NEWEST_IR_VERSION}, the newest that the runtime knows`,
    );
  }
  return reasons;
}

/** A domain that is imported and not used does no harm; functions that the model brings itself are known. */
function domainReasons(bytes: Uint8Array): string[] {
  const { nodes, functionDomains } = readGraphParts(bytes);
  const operators = new Map<string, Set<string>>();
  for (const { domain, op } of nodes) {
    if (KNOWN_DOMAINS.has(domain) || functionDomains.has(domain)) continue;
    operators.set(domain, (operators.get(domain) ?? new Set()).add(op));
  }
  return [...operators].map(
    ([domain, ops]) =>
      `The operators ${[...ops].join(', ')} are of the domain ${quoted(domain)}, which the runtime does not know`,
  );
}

function quoted(name: string): string {
  return JSON.stringify(name);
}
