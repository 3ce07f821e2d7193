import { createHash } from 'node:crypto';

/**
 * SHA-256 in hex of a model's ONNX bytes. Where weights lie in side files, two models can have the same ONNX bytes
 * and answer differently: then it is the SHA-256 of the ONNX digest and each side file's location and digest.
 */
export function modelDigest(
  onnx: Uint8Array,
  externalData: Readonly<Record<string, Uint8Array>> = {},
): string {
  const locations = Object.keys(externalData).sort();
  if (locations.length === 0) return sha256(onnx);
  const lines = locations.map((location) => `${location}\0${sha256(externalData[location] ?? '')}\n`);
  return sha256([sha256(onnx), '\n', ...lines].join(''));
}

export function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}
