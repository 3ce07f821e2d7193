import { z } from 'zod';
import { ServingError } from '../errors';
import { featureSetSchema, type FeatureSet } from '../features/feature-set';
import { parseJsonDocument, throwInvalidDocument } from './json-document';
import { type Manifest, manifestSchema, signatureSchema } from './manifest';
import { sha256 } from './model-digest';
import { SharedTable } from './shared-table';
import type { Signature } from './signature';

/**
 * A pack: many small models in one blob that is never changed.
 *
 *     "POLYPACK" | index length: uint32 LE | index: JSON | ONNX bytes, one after the other
 *
 * The index holds every model's manifest and where its bytes lie behind the index, so that a registry can be
 * rebuilt from its packs alone.
 */
const MAGIC = Buffer.from('POLYPACK');
export const PACK_HEADER_BYTES = MAGIC.length + 4;
const MAX_INDEX_BYTES = 256 * 1024 * 1024;

const position = z.int().min(0);
const indexSchema = z.strictObject({
  signatures: z.array(signatureSchema),
  featureSets: z.array(featureSetSchema),
  models: z.array(
    manifestSchema.omit({ signature: true, featureSet: true, format: true }).extend({
      /** Bytes behind the index. */
      offset: position,
      signature: position,
      featureSet: position.optional(),
    }),
  ),
});

/** A model in a pack; `start` (inclusive) and `end` (exclusive) in bytes of the blob. */
export interface PackedModel {
  readonly manifest: Manifest;
  readonly start: number;
  readonly end: number;
}

export interface Pack {
  /** `packs/{SHA-256 of its bytes}.pack`. */
  readonly path: string;
  readonly bytes: Buffer;
  readonly models: readonly PackedModel[];
}

/** Puts models into one pack; equal ONNX bytes are stored once. */
export function encodePack(models: readonly { manifest: Manifest; onnx: Uint8Array }[]): Pack {
  const signatures = new SharedTable<Signature>();
  const featureSets = new SharedTable<FeatureSet>();
  const offsets = new Map<string, number>();
  const contents: Uint8Array[] = [];
  let dataBytes = 0;

  const placed = models.map(({ manifest, onnx }) => {
    const known = offsets.get(manifest.digest);
    if (known !== undefined) return { manifest, offset: known };
    const offset = dataBytes;
    offsets.set(manifest.digest, offset);
    contents.push(onnx);
    dataBytes += onnx.byteLength;
    return { manifest, offset };
  });
  const entries = placed.map(({ manifest, offset }) => {
    const { name, version, digest, sizeBytes, description, tags, metrics, provenance } = manifest;
    return {
      ...{ name, version, digest, sizeBytes, tags, metrics, provenance, offset },
      ...(description !== undefined && { description }),
      signature: signatures.indexOf(manifest.signature),
      ...(manifest.featureSet && { featureSet: featureSets.indexOf(manifest.featureSet) }),
    };
  });
  const tables = { signatures: signatures.rows, featureSets: featureSets.rows };
  const index = Buffer.from(JSON.stringify({ ...tables, models: entries }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(index.length);
  const bytes = Buffer.concat([MAGIC, length, index, ...contents]);
  const base = PACK_HEADER_BYTES + index.length;
  return {
    path: `packs/${sha256(bytes)}.pack`,
    bytes,
    models: placed.map(({ manifest, offset }) => ({
      manifest,
      start: base + offset,
      end: base + offset + manifest.sizeBytes,
    })),
  };
}

/** Bytes of the index, from a pack's first {@link PACK_HEADER_BYTES}. Throws `invalid-document` for what is no pack. */
export function parsePackHeader(path: string, header: Uint8Array): number {
  const bytes = Buffer.from(header);
  if (bytes.length < PACK_HEADER_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new ServingError(
      'invalid-document',
      `${path} is not a pack: it does not start with ${MAGIC.toString()}`,
    );
  }
  const indexBytes = bytes.readUInt32LE(MAGIC.length);
  if (indexBytes > MAX_INDEX_BYTES) {
    throw new ServingError('invalid-document', `${path}: an index of ${indexBytes} bytes is over the limit`);
  }
  return indexBytes;
}

/** The models of a pack from its index. Throws `invalid-document` with every problem. */
export function parsePackIndex(path: string, index: Uint8Array): PackedModel[] {
  const { signatures, featureSets, models } = parseJsonDocument(indexSchema, path, index);
  const base = PACK_HEADER_BYTES + index.byteLength;
  return models.map(({ offset, signature, featureSet, ...rest }, at) => {
    const manifest: Manifest = {
      ...rest,
      format: 'onnx',
      signature: rowOf(signatures, signature, `/models/${at}/signature`),
      ...(featureSet !== undefined && {
        featureSet: rowOf(featureSets, featureSet, `/models/${at}/featureSet`),
      }),
    };
    return { manifest, start: base + offset, end: base + offset + rest.sizeBytes };
  });

  function rowOf<T>(rows: readonly T[], row: number, pointer: string): T {
    return (
      rows[row] ??
      throwInvalidDocument(path, [
        { pointer, expected: `an index below ${rows.length}`, received: String(row) },
      ])
    );
  }
}
