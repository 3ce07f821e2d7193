import { createHash } from 'node:crypto';
import { z } from 'zod';
import { batchSettingsSchema, endpointSchema } from '../endpoints/endpoint';
import type { ScoringJob } from './job';

const inputSchema = z.strictObject({
  container: z.string(),
  path: z.string(),
  etag: z.string(),
  sizeBytes: z.number(),
  fingerprint: z.string(),
});

/** `ledger/jobs/{id}.json`. */
export const jobSchema = z.strictObject({
  id: z.string(),
  endpoint: z.string(),
  deployment: z.string(),
  selector: endpointSchema.shape.deployments.element.shape.selector,
  outputNames: z.record(z.string(), z.string()),
  inputs: z.tuple([inputSchema], inputSchema),
  settings: batchSettingsSchema,
  catalogRevision: z.string(),
  occurrence: z.string().optional(),
  submittedAt: z.iso.datetime(),
  outputPrefix: z.string(),
});

/** A job with its id: equal in all but the inputs' etags and the time, equal in id. */
export function createJob(job: Omit<ScoringJob, 'id' | 'outputPrefix'>): ScoringJob {
  const identity = [
    job.endpoint,
    job.deployment,
    job.selector,
    job.outputNames,
    job.inputs.map(({ container, path, fingerprint }) => [container, path, fingerprint]),
    job.settings,
    job.catalogRevision,
    job.occurrence ?? null,
  ];
  const id = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32);
  return { ...job, id, outputPrefix: `${job.endpoint}/${id}` };
}
