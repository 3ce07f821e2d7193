import { z } from 'zod';
import { batchSettingsSchema, type BatchSettings } from '../endpoints/endpoint';
import { ServingError, type Violation } from '../errors';
import { CONTAINERS } from '../storage/blob-store';

const MAX_PATHS = 10_000;

/** Blobs of one container: one path, several, or all under a prefix. */
const inputSchema = z
  .strictObject({
    container: z.string().min(3).max(63).default(CONTAINERS.inbox),
    path: z.string().min(1).max(1_024).optional(),
    paths: z.array(z.string().min(1).max(1_024)).min(1).max(MAX_PATHS).optional(),
    prefix: z.string().min(1).max(1_024).optional(),
  })
  .refine(
    ({ path, paths, prefix }) => [path, paths, prefix].filter((way) => way !== undefined).length === 1,
    {
      message: 'exactly one of path, paths and prefix',
    },
  );

/** Which blobs a job reads and how; what a schedule document and the body of `POST /endpoints/{e}/jobs` share. */
export const jobRequestSchema = z.strictObject({
  deployment: z.string().optional(),
  input: inputSchema,
  /** Overrides of the endpoint's batch settings. */
  settings: z.preprocess(canonicalSettings, batchSettingsSchema.partial()).default({}),
});

export interface JobInput {
  readonly container: string;
  readonly path?: string | undefined;
  readonly paths?: readonly string[] | undefined;
  readonly prefix?: string | undefined;
}

export interface JobRequest {
  readonly deployment?: string | undefined;
  readonly input: JobInput;
  readonly settings: Partial<BatchSettings>;
}

/** Reads the body of `POST /endpoints/{e}/jobs`. Throws `invalid-payload` with every problem. */
export function parseJobRequest(body: unknown): JobRequest {
  const parsed = jobRequestSchema.safeParse(body, { reportInput: true });
  if (parsed.success) return withoutDefaults(parsed.data, body);
  const violations = parsed.error.issues.map(toViolation);
  const [first] = violations;
  throw new ServingError(
    'invalid-payload',
    `The job has ${violations.length} problem(s), first at ${first?.pointer ?? '/'}: ${first?.expected ?? ''}`,
    { violations },
  );
}

/** A partial zod object still fills in defaults; only what the caller gave overrides the endpoint. */
function withoutDefaults(request: z.infer<typeof jobRequestSchema>, body: unknown): JobRequest {
  const given = isRecord(body) ? canonicalSettings(body['settings']) : {};
  const names = new Set(isRecord(given) ? Object.keys(given) : []);
  const settings = Object.fromEntries(Object.entries(request.settings).filter(([name]) => names.has(name)));
  return { ...request, settings };
}

const AZURE_ML_NAMES: Readonly<Record<string, string>> = {
  minibatchsize: 'miniBatchRows',
  timeout: 'timeoutSeconds',
};
const OWN_NAMES = [...Object.keys(batchSettingsSchema.shape), 'maxRetries', 'timeoutSeconds'];

/** Azure ML writes `mini_batch_size`, `errorThreshold` or `ErrorThreshold`: names are matched without case and `_`. */
function canonicalSettings(settings: unknown): unknown {
  if (!isRecord(settings)) return settings;
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => {
      const plain = name.replaceAll('_', '').toLowerCase();
      const own =
        OWN_NAMES.find((candidate) => candidate.toLowerCase() === plain) ?? AZURE_ML_NAMES[plain] ?? name;
      return [own, own === 'retrySettings' ? canonicalSettings(value) : value];
    }),
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function toViolation(issue: z.core.$ZodIssue): Violation {
  const pointer = issue.path
    .map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
  const received = issue.input === undefined ? 'nothing' : JSON.stringify(issue.input);
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys.join(', ') : undefined;
  return {
    pointer,
    expected: unknown === undefined ? issue.message : 'no such key',
    received: (unknown ?? received).slice(0, 100),
  };
}
