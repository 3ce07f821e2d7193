import { describeBody, type DescribedInput, type Schema } from './input-schema';

/** What the document of one endpoint is made of. */
export interface SwaggerSource {
  readonly endpoint: string;
  readonly description: string;
  readonly version: string;
  /** Scheme and host, without a path: `https://example.azurewebsites.net`. */
  readonly serverUrl: string;
  readonly input: DescribedInput;
  /** Schema of the answer, where it is known. */
  readonly answer?: Schema;
}

const ERROR: Schema = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: {
        code: { type: 'string' },
        message: { type: 'string' },
        details: {
          type: 'array',
          items: {
            type: 'object',
            properties: { code: { type: 'string' }, message: { type: 'string' }, target: { type: 'string' } },
          },
        },
      },
    },
  },
};
const FAILURES: Readonly<Record<string, string>> = {
  400: 'The request does not fit the model',
  401: 'The credential is missing or not valid',
  404: 'There is no such endpoint or deployment',
  408: 'The model ran past the deadline',
  413: 'The request is over the size limit',
  424: 'The model failed',
  429: 'Too many requests: try again after the seconds in Retry-After',
  503: 'The model is not ready: try again after the seconds in Retry-After',
};

/**
 * `swagger.json` of an endpoint: OpenAPI 3.0 or Swagger 2.0, as Azure ML's inference server gives for `?version=3|2`.
 * Its example is a body that scores as it is.
 */
export function swaggerDocument(source: SwaggerSource, version: 2 | 3): Schema {
  return version === 3 ? openApi3(source) : swagger2(source);
}

/** The version that `?version=` asks for: 2 where it is missing, as Azure ML has it; undefined for others. */
export function swaggerVersion(text: string | null | undefined): 2 | 3 | undefined {
  if (text === null || text === undefined || text === '' || text === '2') return 2;
  return text === '3' ? 3 : undefined;
}

function openApi3({ endpoint, description, version, serverUrl, input, answer = {} }: SwaggerSource): Schema {
  const { schema, sample } = describeBody(input);
  const content = (each: Schema) => ({ 'application/json': { schema: each } });
  const failures = Object.entries(FAILURES).map(([status, text]): [string, Schema] => [
    status,
    { description: text, content: content(ERROR) },
  ]);
  return {
    openapi: '3.0.3',
    info: { title: endpoint, description, version },
    servers: [{ url: serverUrl }],
    security: [{ bearer: [] }, { functionKey: [] }],
    paths: {
      [scorePath(endpoint)]: {
        post: {
          operationId: 'score',
          summary: `Score with ${endpoint}`,
          parameters: [{ ...DEPLOYMENT, schema: { type: 'string' } }],
          requestBody: { required: true, content: { 'application/json': { schema, example: sample } } },
          responses: {
            200: { description: 'The predictions', content: content(answer) },
            ...Object.fromEntries(failures),
          },
        },
      },
    },
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        functionKey: { type: 'apiKey', in: 'header', name: 'x-functions-key' },
      },
    },
  };
}

function swagger2({ endpoint, description, version, serverUrl, input, answer = {} }: SwaggerSource): Schema {
  const { schema, sample } = describeBody(input);
  const { host, protocol } = new URL(serverUrl);
  const failures = Object.entries(FAILURES).map(([status, text]): [string, Schema] => [
    status,
    { description: text, schema: ERROR },
  ]);
  return {
    swagger: '2.0',
    info: { title: endpoint, description, version },
    host,
    schemes: [protocol.slice(0, -1)],
    consumes: ['application/json'],
    produces: ['application/json'],
    security: [{ bearer: [] }, { functionKey: [] }],
    paths: {
      [scorePath(endpoint)]: {
        post: {
          operationId: 'score',
          summary: `Score with ${endpoint}`,
          parameters: [
            { ...DEPLOYMENT, type: 'string' },
            { in: 'body', name: 'body', required: true, schema: { ...schema, example: sample } },
          ],
          responses: {
            200: { description: 'The predictions', schema: answer },
            ...Object.fromEntries(failures),
          },
        },
      },
    },
    securityDefinitions: {
      bearer: {
        type: 'apiKey',
        in: 'header',
        name: 'Authorization',
        description: 'Bearer, then a key or token',
      },
      functionKey: { type: 'apiKey', in: 'header', name: 'x-functions-key' },
    },
  };
}

const DEPLOYMENT = {
  in: 'header',
  name: 'azureml-model-deployment',
  required: false,
  description: 'Scores with this deployment, whatever the traffic rules say',
} as const;

function scorePath(endpoint: string): string {
  return `/endpoints/${endpoint}/score`;
}
