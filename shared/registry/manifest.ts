import { z } from 'zod';
import { featureSetSchema } from '../features/feature-set';
import { DATATYPES, type Datatype } from '../tensor/tensor';
import type { TensorSpec } from './signature';

const datatype = z.enum(Object.keys(DATATYPES) as [Datatype, ...Datatype[]]);
/** JSON writes an unnamed dimension as null. */
const symbol = z.string().nullish();
const tensorSpec = z
  .strictObject({
    name: z.string().min(1),
    datatype,
    /** −1 where a size varies; left out where the model does not say its rank. */
    shape: z.array(z.int().min(-1)).optional(),
    symbols: z.array(symbol).optional(),
  })
  .refine(
    ({ shape, symbols }) => symbols === undefined || symbols.length === shape?.length,
    'as many symbols as the shape has dimensions',
  )
  .transform(({ name, datatype, shape, symbols }): TensorSpec => ({
    name,
    datatype,
    shape,
    ...(symbols && { symbols: symbols.map((dimension) => dimension ?? undefined) }),
  }));

/** Model, endpoint, deployment and version names: letters, digits, `.`, `_`, `-`; at most 128; not starting with a dot. */
export const nameSchema = z
  .string()
  .regex(
    /^(?!__proto__$)[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/,
    'letters, digits, ".", "_" and "-", at most 128, not starting with "."',
  );

export const digestSchema = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hex');
export const signatureSchema = z.strictObject({
  inputs: z.array(tensorSpec),
  outputs: z.array(tensorSpec),
});

/** `model.json` of a version's folder. See docs/reference/manifest.md. */
export const manifestSchema = z.strictObject({
  name: nameSchema,
  version: nameSchema,
  format: z.literal('onnx'),
  /** See modelDigest; hex. */
  digest: digestSchema,
  /** model.onnx and its side files together. */
  sizeBytes: z.int().positive(),
  description: z.string().max(2_000).optional(),
  signature: signatureSchema,
  featureSet: featureSetSchema.optional(),
  tags: z.record(z.string(), z.string()),
  metrics: z.record(z.string(), z.number()),
  /** Free text pairs: producer, training data, code version. */
  provenance: z.record(z.string(), z.string()),
});

/** A `model.json` written by hand may leave out what the file itself says; what it does say must be true. */
export const handWrittenManifestSchema = manifestSchema.partial({
  digest: true,
  sizeBytes: true,
  signature: true,
  tags: true,
  metrics: true,
  provenance: true,
});

export type Manifest = z.infer<typeof manifestSchema>;
