import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Endpoint } from '../../shared/endpoints/endpoint';
import { getJson } from './get-json';

const WAIT_LIMIT_MS = 30_000;
const POLL_MS = 50;

const listSchema = z.object({
  value: z.array(z.object({ name: z.string(), modelCount: z.number() })),
});
const endpointSchema = z.object({
  name: z.string(),
  description: z.string(),
  scoringUri: z.string(),
  modelCount: z.number(),
  input: z.object({ columns: z.array(z.object({ name: z.string(), type: z.string() })) }),
  output: z.object({ columns: z.array(z.object({ name: z.string() })) }),
});

/** An endpoint as a client finds it that knows nothing but the server's address. */
export interface Discovery {
  readonly endpoints: number;
  readonly found: z.infer<typeof endpointSchema>;
}

/** Publishes an endpoint's document. Throws Error with the answer's text where it is refused. */
export async function publishEndpoint(url: string, endpoint: Endpoint): Promise<void> {
  const response = await fetch(`${url}/endpoints/${endpoint.name}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(endpoint),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`PUT ${response.url} answered ${response.status}: ${text}`);
}

/** Finds an endpoint in the list, once it serves `models` models, and reads its description. */
export async function discoverEndpoint(url: string, name: string, models: number): Promise<Discovery> {
  const deadline = performance.now() + WAIT_LIMIT_MS;
  for (;;) {
    const { value } = await getJson(`${url}/endpoints`, listSchema);
    const listed = value.find((endpoint) => endpoint.name === name);
    if (listed?.modelCount === models) {
      return { endpoints: value.length, found: await getJson(`${url}/endpoints/${name}`, endpointSchema) };
    }
    if (performance.now() > deadline)
      throw new Error(
        `${url}/endpoints lists ${name} with ${listed?.modelCount ?? 'no'} models, not ${models}`,
      );
    await delay(POLL_MS);
  }
}
