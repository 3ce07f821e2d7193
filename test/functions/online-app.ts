import { HttpRequest, type InvocationContext } from '@azure/functions';
import { EndpointStore } from '../../shared/endpoints/endpoint-store';
import { endpointSchema } from '../../shared/endpoints/endpoint';
import type { FeatureSet } from '../../shared/features/feature-set';
import { ModelRegistry } from '../../shared/registry/model-registry';
import type { NewModel } from '../../shared/registry/new-model';
import { createOnnxEngine } from '../../shared/runtime/onnx-engine';
import { SessionCache } from '../../shared/runtime/session-cache';
import { OnlineScorer } from '../../shared/scoring/online-scorer';
import { createAzureBlobStore } from '../../shared/storage/azure-blob-store';
import { CONTAINERS } from '../../shared/storage/blob-store';
import { type HttpReply } from '../../functions/support/http-handler';
import { startTestAzurite } from '../support/azurite';
import { buildOnnx, identityModel, linearModel } from '../support/onnx-builder';

/** `delay = distance/1000 · weight + bias + hour-is-8`. */
const featureSet: FeatureSet = {
  input: 'x',
  columns: [
    { name: 'distance', type: 'number', description: 'Miles.' },
    { name: 'date', type: 'timestamp' },
  ],
  features: [
    { kind: 'number', column: 'distance', offset: 500, scale: 1000 },
    { kind: 'calendar-one-hot', column: 'date', part: 'hour', values: [8] },
  ],
};

function route(origin: string, destination: string, bias: number): NewModel {
  return {
    name: `route-${origin}-${destination}`,
    version: '1',
    onnx: linearModel([1, 10], bias, { output: 'delay' }),
    featureSet,
    tags: { kind: 'route', origin, destination },
    metrics: { mae: 12.5 },
  };
}

const models: readonly NewModel[] = [
  route('JFK', 'LAX', 100),
  route('JFK', 'SFO', 200),
  { ...route('JFK', '', 300), name: 'origin-JFK', tags: { kind: 'origin', origin: 'JFK' } },
  { name: 'plain', version: '1', onnx: linearModel([2, 3], 1) },
  { name: 'plain', version: '2', onnx: linearModel([4, 5], 1) },
  { name: 'integers', version: '1', onnx: identityModel({ elemType: 'INT64', shape: ['N'] }) },
  { name: 'texts', version: '1', onnx: identityModel({ elemType: 'BYTES', shape: ['N', 1] }) },
  { name: 'halves', version: '1', onnx: identityModel({ elemType: 'FP16', shape: ['N'] }) },
  { name: 'flags', version: '1', onnx: identityModel({ elemType: 'BOOL', shape: ['N'] }) },
  // Without symbols, what does not broadcast fails inside the run.
  { name: 'mismatched', version: '1', onnx: sumModel(null) },
  { name: 'paired', version: '1', onnx: sumModel('N') },
];

function sumModel(size: string | null): Buffer {
  return buildOnnx({
    inputs: [
      { name: 'a', shape: [size] },
      { name: 'b', shape: [size] },
    ],
    outputs: [{ name: 'y', shape: [size] }],
    nodes: [{ op: 'Add', inputs: ['a', 'b'], outputs: ['y'] }],
  });
}

export const endpointDocument = {
  name: 'flight-delay',
  description: 'Minutes of delay',
  tags: { team: 'flights' },
  deployments: [
    {
      name: 'blue',
      selector: {
        kind: 'keys',
        rules: [
          {
            where: { kind: 'route' },
            keys: [
              { column: 'origin', tag: 'origin' },
              { column: 'destination', tag: 'destination' },
            ],
          },
          { where: { kind: 'origin' }, keys: [{ column: 'origin', tag: 'origin' }] },
        ],
      },
    },
    { name: 'plain', selector: { kind: 'model', model: 'integers' } },
  ],
  traffic: { blue: 100, plain: 0 },
};

export interface OnlineApp {
  readonly services: {
    readonly config: { requestBodyBytes: number; requestDeadlineMs: number };
    readonly models: ModelRegistry;
    readonly endpoints: EndpointStore;
    readonly sessions: SessionCache;
    readonly onlineScorer: OnlineScorer;
  };
  stop(): Promise<void>;
}

/** Online scoring as the composition root wires it, over a real Azurite with real models registered. */
export async function startOnlineApp(): Promise<OnlineApp> {
  const azurite = await startTestAzurite();
  const store = createAzureBlobStore({ connectionString: azurite.connectionString });
  for (const container of Object.values(CONTAINERS)) await store.ensureContainer(container);
  const registry = new ModelRegistry(store, CONTAINERS.models, { refreshMs: 60_000 });
  await registry.registerPack(models);
  const endpoints = new EndpointStore(store, { refreshMs: 60_000 });
  await endpoints.put(endpointSchema.parse(endpointDocument));
  const sessions = new SessionCache({
    engine: createOnnxEngine(),
    fetch: registry.fetch.bind(registry),
    fetchMany: registry.fetchMany.bind(registry),
    budgetBytes: 50 * 1024 * 1024,
  });
  const onlineScorer = new OnlineScorer({ endpoints, models: registry, sessions, maxRows: 100 });
  const config = { requestBodyBytes: 100_000, requestDeadlineMs: 20_000 };
  const stop = async (): Promise<void> => {
    await sessions.close();
    await azurite.stop();
  };
  return { services: { config, models: registry, endpoints, sessions, onlineScorer }, stop };
}

type Handler = (request: HttpRequest, context: InvocationContext) => Promise<HttpReply>;

export interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly params?: Record<string, string>;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
}

/** The members that answers have, of every route together; a test looks only at those of the route it calls. */
export interface AnswerJson {
  readonly id: string;
  readonly model_version: string;
  readonly outputs: readonly { readonly data: readonly unknown[]; readonly parameters: unknown }[];
  readonly rows: readonly {
    readonly prediction?: unknown;
    readonly error?: { readonly code: string; readonly detail: string };
  }[];
  readonly error: string;
  readonly detail: string;
  readonly code: string;
  readonly instance: string;
  readonly violations: readonly {
    readonly pointer: string;
    readonly expected: string;
    readonly received: string;
  }[];
  readonly name: string;
  readonly description: string;
  readonly value: readonly { readonly name: string }[];
  readonly nextLink: string | undefined;
  readonly models: readonly string[];
  readonly links: Readonly<Record<string, string>>;
  readonly input: { readonly columns: unknown };
  readonly output: { readonly columns: unknown };
  readonly deployments: unknown;
  readonly definition: unknown;
  readonly sample: { readonly body: unknown };
}

export function parseAnswer(text: string): AnswerJson {
  return JSON.parse(text) as AnswerJson;
}

export interface Received {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly json: AnswerJson;
  readonly logged: readonly unknown[][];
}

/** Calls a handler with the library's own request, as the Functions host would. */
export async function call(handler: Handler, sent: Sent = {}): Promise<Received> {
  const { method = 'GET', path = '/', params = {}, headers = {}, body } = sent;
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const length = bytes === undefined ? {} : { 'content-length': String(bytes.length) };
  const request = new HttpRequest({
    method,
    url: `http://polyscore.test${path}`,
    params,
    headers: { ...length, ...headers },
    ...(bytes && { body: { bytes } }),
  });
  const logged: unknown[][] = [];
  const log = (...parts: unknown[]): void => void logged.push(parts);
  const context = { invocationId: 'invocation-1', error: log, warn: log } as unknown as InvocationContext;
  const reply = await handler(request, context);
  const text = Buffer.from(reply.body ?? '');
  const type = reply.headers['content-type'] ?? '';
  const isPlain = reply.headers['content-encoding'] === undefined;
  const json = parseAnswer(isPlain && /json$/.test(type) ? text.toString() : '{}');
  return { status: reply.status ?? 200, headers: reply.headers, body: text, json, logged };
}
