import { z } from 'zod';
import { featureSetSchema } from '../features/feature-set';
import { DATATYPES, type Datatype } from '../tensor/tensor';

const datatype = z.enum(Object.keys(DATATYPES) as [Datatype, ...Datatype[]]);
const tensorSpec = z.strictObject({
  name: z.string().min(1),
  datatype,
  shape: z.array(z.int().min(-1)).optional(),
  symbols: z.array(z.string().optional()).optional(),
});

/** Model, endpoint, deployment and version names: letters, digits, `.`, `_`, `-`; at most 128; not starting with a dot. */
export const nameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/,
    'letters, digits, ".", "_" and "-", at most 128, not starting with "."',
  );

/** `model.json` of a version's folder. See docs/reference/manifest.md. */
export const manifestSchema = z.strictObject({
  name: nameSchema,
  version: nameSchema,
  format: z.literal('onnx'),
  /** SHA-256 of model.onnx, hex. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  sizeBytes: z.int().positive(),
  description: z.string().max(2_000).optional(),
  signature: z.strictObject({ inputs: z.array(tensorSpec), outputs: z.array(tensorSpec) }),
  featureSet: featureSetSchema.optional(),
  tags: z.record(z.string(), z.string()),
  metrics: z.record(z.string(), z.number()),
  /** Free text pairs: producer, training data, code version. */
  provenance: z.record(z.string(), z.string()),
});

export type Manifest = z.infer<typeof manifestSchema>;
