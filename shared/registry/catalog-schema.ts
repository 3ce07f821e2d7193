import { z } from 'zod';
import { featureSetSchema } from '../features/feature-set';
import { digestSchema, nameSchema, signatureSchema } from './manifest';

export const CATALOG_FORMAT = 'polyscore-catalog-1';

const index = z.int().min(0);

/** A flat record, checked by a plain loop: with ten thousand models zod's own records take five times as long. */
function flatRecord<T>(type: 'string' | 'number') {
  return z.custom<Readonly<Record<string, T>>>(
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.values(value).every((member) => typeof member === type),
    `expected an object of ${type}s`,
  );
}

const versionSchema = z.strictObject({
  version: nameSchema,
  digest: digestSchema,
  sizeBytes: z.int().positive(),
  /** Index into `signatures`. */
  signature: index,
  /** Index into `featureSets`. */
  featureSet: index.optional(),
  /** Index into `packs` and the offset in that pack; without it, the version lies in a folder of its own. */
  pack: z.tuple([index, index]).optional(),
  tags: flatRecord<string>('string'),
  metrics: flatRecord<number>('number'),
});

const modelSchema = z.strictObject({
  name: nameSchema,
  /** In order of registration. */
  versions: z.array(versionSchema).min(1),
  /** Alias → version. */
  aliases: flatRecord<string>('string'),
});

/** `catalog.json`. Equal signatures and feature sets stand once each, so that ten thousand models fit one quick read. */
export const catalogSchema = z.strictObject({
  format: z.literal(CATALOG_FORMAT),
  signatures: z.array(signatureSchema),
  featureSets: z.array(featureSetSchema),
  packs: z.array(z.string().min(1)),
  models: z.array(modelSchema),
});

export type CatalogDocument = z.output<typeof catalogSchema>;
export type VersionEntry = z.output<typeof versionSchema>;
