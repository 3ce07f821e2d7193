import { z } from 'zod';
import { nameSchema } from '../registry/manifest';

const tagFilter = z.record(z.string(), z.string());

/** Picks a model by the values of a row's columns: each key column's text must equal the model's tag. */
const keyRule = z.strictObject({
  /** Only models that carry all these tags take part. */
  where: tagFilter.default({}),
  keys: z.array(z.strictObject({ column: z.string().min(1), tag: z.string().min(1) })).min(1),
});

const selector = z.discriminatedUnion('kind', [
  /** One model for every row. Version is a number or name; alias, else latest, where absent. */
  z.strictObject({
    kind: z.literal('model'),
    model: nameSchema,
    version: z.string().optional(),
    alias: z.string().optional(),
  }),
  /** A model per row: the first rule, in order, that finds a model wins. */
  z.strictObject({
    kind: z.literal('keys'),
    rules: z.array(keyRule).min(1),
    /** The version of the chosen model: this alias, else its latest. */
    alias: z.string().optional(),
    noMatch: z.enum(['reject', 'skip']).default('reject'),
  }),
]);

export const batchSettingsSchema = z.strictObject({
  /** Most rows in a mini-batch; a Parquet row group is never joined past it. */
  miniBatchRows: z.int().min(1).max(5_000_000).default(300_000),
  /** Most input bytes in a mini-batch (CSV). */
  miniBatchBytes: z
    .int()
    .min(1_024)
    .max(256 * 1024 * 1024)
    .default(16 * 1024 * 1024),
  maxConcurrencyPerInstance: z.int().min(1).max(64).default(2),
  /** Rejected rows above which the job fails; −1 never. Azure ML's name. */
  errorThreshold: z.int().min(-1).default(-1),
  retrySettings: z
    .strictObject({
      maxRetries: z.int().min(0).max(10).default(3),
      timeoutSeconds: z.int().min(1).default(600),
    })
    .prefault({}),
  outputFormat: z.enum(['same', 'parquet', 'csv']).default('same'),
  /** Name of the published file, without its extension. */
  outputFileName: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .default('predictions'),
});

/** `endpoints/{name}.json` in the container `config`. See docs/reference/endpoint.md. */
export const endpointSchema = z
  .strictObject({
    name: nameSchema,
    description: z.string().max(2_000).default(''),
    tags: tagFilter.default({}),
    deployments: z.array(z.strictObject({ name: nameSchema, selector })).min(1),
    /** Percent per deployment; whole numbers that sum to 100. Absent: all to the first. */
    traffic: z.record(z.string(), z.int().min(0).max(100)).optional(),
    /** Column name that a prediction gets in batch output and row answers, per model output; default: the output's own name. */
    outputNames: z.record(z.string(), z.string()).default({}),
    batch: batchSettingsSchema.prefault({}),
  })
  .superRefine((endpoint, context) => {
    const names = new Set(endpoint.deployments.map((deployment) => deployment.name));
    if (names.size < endpoint.deployments.length)
      context.addIssue({ code: 'custom', path: ['deployments'], message: 'two deployments have one name' });
    if (!endpoint.traffic) return;
    for (const name of Object.keys(endpoint.traffic)) {
      if (!names.has(name))
        context.addIssue({ code: 'custom', path: ['traffic', name], message: 'no deployment has this name' });
    }
    const sum = Object.values(endpoint.traffic).reduce((total, percent) => total + percent, 0);
    if (sum !== 100)
      context.addIssue({
        code: 'custom',
        path: ['traffic'],
        message: `percents must sum to 100, they sum to ${sum}`,
      });
  });

export type Endpoint = z.infer<typeof endpointSchema>;
export type Deployment = Endpoint['deployments'][number];
export type Selector = Deployment['selector'];
export type BatchSettings = Endpoint['batch'];
