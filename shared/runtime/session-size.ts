import type { ModelFiles } from './engine';

const KIB = 1024;
const MIB = 1024 * KIB;

/** A lean session of a model of a few hundred bytes (measured: 34-40 KiB resident after one run). */
const SESSION_BYTES = 40 * KIB;
/** Files from here on are measured by the process's resident memory; below, its noise is larger than the model. */
export const MEASURED_FROM_BYTES = 4 * MIB;
/** Resident bytes per file byte: tree ensembles unfold (169 kB take 1,155 KiB), weights are held about twice while packed. */
const PER_FILE_BYTE = { trees: 7, other: 2 } as const;

/** Bytes of all of a model's files. */
export function filesBytes(files: ModelFiles): number {
  const sides = Object.values(files.externalData).reduce((total, { byteLength }) => total + byteLength, 0);
  return files.onnx.byteLength + sides;
}

/** Memory that a session will take, before anybody has loaded it: for reserving room. */
export function estimateSessionBytes(fileBytes: number, hasTrees = false): number {
  return SESSION_BYTES + fileBytes * (hasTrees ? PER_FILE_BYTE.trees : PER_FILE_BYTE.other);
}

/**
 * Memory that a loaded session is accounted with: the growth of resident memory for a large model, held within
 * once and four times its files because other work grows and shrinks meanwhile; the estimate for a small one.
 */
export function sessionBytes(fileBytes: number, hasTrees: boolean, grownBytes: number): number {
  if (fileBytes < MEASURED_FROM_BYTES) return estimateSessionBytes(fileBytes, hasTrees);
  return SESSION_BYTES + Math.min(Math.max(grownBytes, fileBytes), 4 * fileBytes);
}
