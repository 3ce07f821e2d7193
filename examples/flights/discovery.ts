import { z } from 'zod';
import { getJson } from './get-json';

const listSchema = z.object({ endpoints: z.array(z.object({ name: z.string(), scoringUri: z.string() })) });
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

/** Finds an endpoint in the list and reads its description. */
export async function discoverEndpoint(url: string, name: string): Promise<Discovery> {
  const { endpoints } = await getJson(`${url}/endpoints`, listSchema);
  if (!endpoints.some((endpoint) => endpoint.name === name))
    throw new Error(`${url}/endpoints does not list ${name}`);
  return { endpoints: endpoints.length, found: await getJson(`${url}/endpoints/${name}`, endpointSchema) };
}
