import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { StartError } from './start-error';
import { errorText } from './log';

const count = z.number().int().positive();
/** `hh:mm:ss` with optional days and fraction, as .NET's TimeSpan. In ms. */
const timeSpanMs = z
  .string()
  .regex(/^(?:\d+\.)?\d{1,2}:\d{2}:\d{2}(?:\.\d+)?$/u, 'expected a time span hh:mm:ss')
  .transform((text) => {
    const [, days = '0', hours = '0', minutes = '0', seconds = '0'] =
      /^(?:(\d+)\.)?(\d+):(\d+):([\d.]+)$/u.exec(text) ?? [];
    return (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  });
/** -1 means unbounded, as in the Functions host. */
const bound = z.union([count, z.literal(-1)]).transform((value) => (value === -1 ? Infinity : value));

const hostJson = z.looseObject({
  version: z.literal('2.0'),
  extensions: z
    .looseObject({
      http: z
        .looseObject({
          routePrefix: z.string().default('api'),
          maxOutstandingRequests: bound.default(Infinity),
          maxConcurrentRequests: bound.default(Infinity),
        })
        .prefault({}),
      blobs: z
        .looseObject({ maxDegreeOfParallelism: count.default(8), poisonBlobThreshold: count.default(5) })
        .prefault({}),
      queues: z
        .looseObject({
          batchSize: count.max(32).default(16),
          maxDequeueCount: count.default(5),
          visibilityTimeout: timeSpanMs.prefault('00:00:00'),
          messageEncoding: z.enum(['base64', 'none']).default('base64'),
        })
        .prefault({}),
      durableTask: z
        .looseObject({
          hubName: z.string().default('TestHubName'),
          maxConcurrentActivityFunctions: count.optional(),
          maxConcurrentOrchestratorFunctions: count.optional(),
        })
        .prefault({}),
    })
    .prefault({}),
});

/** What the host obeys of host.json; other members are left to Azure. */
export type HostJson = z.infer<typeof hostJson>;

/** Reads host.json. Throws StartError that names the file and each place that is wrong. */
export function readHostJson(path: string): HostJson {
  const parsed = hostJson.safeParse(parse(path));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path: place, message }) => `${place.join('.')}: ${message}`);
  throw new StartError(`${path}: ${problems.join('; ')}`);
}

function parse(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const reason = errorText(error);
    throw new StartError(`${path} cannot be read: ${reason} (--host-json names another file)`, {
      cause: error,
    });
  }
}
