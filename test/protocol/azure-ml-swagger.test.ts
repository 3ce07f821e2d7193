import { describeBody, type DescribedInput, type Schema } from '../../shared/protocol/azure-ml/input-schema';
import { readScoreRequest } from '../../shared/protocol/azure-ml/score-request';
import { swaggerDocument, swaggerVersion } from '../../shared/protocol/azure-ml/swagger';
import { parseJson } from '../../shared/protocol/json-document';
import { modelFeeds } from '../../shared/protocol/mlflow/model-feeds';
import type { MlflowSignature } from '../../shared/protocol/mlflow/signature';
import type { Signature } from '../../shared/registry/signature';

const TENSORS: Signature = {
  inputs: [
    { name: 'x', datatype: 'FP32', shape: [-1, 3] },
    { name: 'k', datatype: 'INT64', shape: [-1] },
    { name: 's', datatype: 'BYTES', shape: [-1, 1] },
    { name: 'b', datatype: 'BOOL', shape: undefined },
  ],
  outputs: [],
};
const ONE: Signature = { inputs: [{ name: 'X', datatype: 'FP64', shape: [-1, 2] }], outputs: [] };
const COLUMNS: MlflowSignature['inputs'] = {
  kind: 'columns',
  columns: [
    { name: 'age', type: 'long', isRequired: true },
    { name: 'when', type: 'datetime', isRequired: true },
    { name: 'raw', type: 'binary', isRequired: true },
    { name: 'list', type: { array: 'double' }, isRequired: true },
  ],
};
const ROWS: DescribedInput = {
  kind: 'rows',
  columns: [
    { name: 'origin', type: 'text', isRequired: true, description: 'Airport' },
    { name: 'date', type: 'timestamp', isRequired: false },
  ],
  sample: [{ origin: 'SEA', date: '2001-06-15T12:00:00Z' }],
};
const source = (input: DescribedInput) => ({
  endpoint: 'flight-delay',
  description: 'Minutes late',
  version: '1.2.3',
  serverUrl: 'https://example.net',
  input,
});

function feedsOfSample(input: DescribedInput, signature: Signature, declared?: MlflowSignature) {
  const { sample } = describeBody(input);
  return modelFeeds(
    readScoreRequest(parseJson(Buffer.from(JSON.stringify(sample)))).input,
    signature,
    declared,
  );
}

describe('describeBody', () => {
  test('the sample of a model with one input scores as it is', () => {
    expect(feedsOfSample({ kind: 'tensors', inputs: ONE.inputs }, ONE).tensors).toMatchObject({
      X: { shape: [1, 2] },
    });
  });

  test('the sample of a model with several inputs scores as it is', () => {
    expect(feedsOfSample({ kind: 'tensors', inputs: TENSORS.inputs }, TENSORS).tensors).toMatchObject({
      x: { shape: [1, 3] },
      k: { shape: [1] },
      s: { data: ['text'] },
      b: { data: Uint8Array.of(1) },
    });
  });

  test('the sample of an MLflow signature scores as it is', () => {
    const signature: Signature = {
      inputs: [
        { name: 'age', datatype: 'FP32', shape: [-1, 1] },
        { name: 'when', datatype: 'INT64', shape: [-1] },
        { name: 'raw', datatype: 'BYTES', shape: [-1] },
        { name: 'list', datatype: 'FP32', shape: [-1, 1] },
      ],
      outputs: [],
    };
    const feeds = feedsOfSample(COLUMNS, signature, { inputs: COLUMNS, params: undefined });
    expect(feeds).toMatchObject({ form: 'rows', rows: 1, tensors: { raw: { data: ['text'] } } });
  });

  test('tensors are nested arrays, with a length where the model fixes it', () => {
    const { schema } = describeBody({ kind: 'tensors', inputs: ONE.inputs });
    expect(schema).toEqual({
      type: 'object',
      required: ['input_data'],
      properties: {
        input_data: {
          type: 'array',
          items: { type: 'array', minItems: 2, maxItems: 2, items: { type: 'number' } },
        },
      },
    });
  });

  test('rows say which members they need', () => {
    expect(describeBody(ROWS)).toEqual({
      sample: { rows: [{ origin: 'SEA', date: '2001-06-15T12:00:00Z' }] },
      schema: {
        type: 'object',
        required: ['rows'],
        properties: {
          rows: {
            type: 'array',
            items: {
              type: 'object',
              required: ['origin'],
              properties: {
                origin: { type: 'string', description: 'Airport' },
                date: { type: 'string', format: 'date-time' },
              },
            },
          },
        },
      },
    });
  });

  test('a frame names its columns and their types', () => {
    expect(JSON.stringify(describeBody(COLUMNS).schema)).toContain(
      'Columns: age (long), when (datetime), raw (binary), list (array of double)',
    );
  });
});

describe('swaggerDocument', () => {
  test.each<[2 | 3, object]>([
    [
      3,
      {
        openapi: '3.0.3',
        servers: [{ url: 'https://example.net' }],
        paths: {
          '/endpoints/flight-delay/score': {
            post: {
              requestBody: { content: { 'application/json': { example: describeBody(ROWS).sample } } },
            },
          },
        },
      },
    ],
    [
      2,
      {
        swagger: '2.0',
        host: 'example.net',
        schemes: ['https'],
        paths: {
          '/endpoints/flight-delay/score': {
            post: {
              parameters: [
                { name: 'azureml-model-deployment' },
                { in: 'body', schema: { example: describeBody(ROWS).sample } },
              ],
            },
          },
        },
      },
    ],
  ])('version %d', (version, expected) => {
    expect(swaggerDocument(source(ROWS), version)).toMatchObject({
      ...expected,
      info: { title: 'flight-delay', description: 'Minutes late', version: '1.2.3' },
    });
  });

  test('lists every status a caller may meet', () => {
    const document = JSON.stringify(swaggerDocument(source(ROWS), 3));
    for (const status of ['200', '400', '401', '404', '408', '413', '424', '429', '503']) {
      expect(document).toContain(`"${status}":{"description"`);
    }
  });

  test('describes the answer where it is known', () => {
    const answer: Schema = { type: 'array', items: { type: 'number' } };
    expect(JSON.stringify(swaggerDocument({ ...source(ROWS), answer }, 2))).toContain(JSON.stringify(answer));
  });
});

describe('swaggerVersion', () => {
  test.each([
    [undefined, 2],
    [null, 2],
    ['', 2],
    ['2', 2],
    ['3', 3],
    ['4', undefined],
  ])('?version=%s is %s', (text, version) => {
    expect(swaggerVersion(text)).toBe(version);
  });
});
