import { ServingError, type ErrorCode } from '../../shared/errors';
import { azureError } from '../../shared/protocol/azure-ml/error';
import { scoreHeaders } from '../../shared/protocol/azure-ml/score-headers';
import { readScoreRequest } from '../../shared/protocol/azure-ml/score-request';
import { parseJson } from '../../shared/protocol/json-document';
import { modelFeeds } from '../../shared/protocol/mlflow/model-feeds';
import { predictionsJson } from '../../shared/protocol/mlflow/predictions';
import { toProblem } from '../../shared/protocol/problem';
import type { Signature } from '../../shared/registry/signature';

const read = (json: string) => readScoreRequest(parseJson(Buffer.from(json)));

const TABLE: Signature = { inputs: [{ name: 'X', datatype: 'FP32', shape: [-1, 2] }], outputs: [] };
const TOKENS: Signature = {
  inputs: [
    { name: 'tokens', datatype: 'INT64', shape: [-1, -1] },
    { name: 'mask', datatype: 'INT64', shape: [-1, -1] },
  ],
  outputs: [],
};
const TEXT: Signature = { inputs: [{ name: 'text', datatype: 'BYTES', shape: [-1, 1] }], outputs: [] };

describe('readScoreRequest', () => {
  test.each<[string, string, Signature, object]>([
    [
      'a frame',
      '{"input_data":{"columns":["a","b"],"index":[0],"data":[[1,2]]}}',
      TABLE,
      { form: 'rows', tensors: { X: { shape: [1, 2] } } },
    ],
    [
      'a frame without columns',
      '{"input_data":{"index":[0],"data":[[1,2]]}}',
      TABLE,
      { form: 'rows', rows: 1 },
    ],
    ['records', '{"input_data":[{"a":1,"b":2},{"a":3,"b":4}]}', TABLE, { form: 'rows', rows: 2 }],
    [
      'a nested array',
      '{"input_data":[[1,2],[3,4]]}',
      TABLE,
      { form: 'object', tensors: { X: { shape: [2, 2] } } },
    ],
    [
      'arrays by name',
      '{"input_data":{"tokens":[[1]],"mask":[[0]]}}',
      TOKENS,
      { form: 'object', tensors: { mask: { shape: [1, 1] } } },
    ],
    [
      'a list of texts',
      '{"input_data":["x","y"]}',
      TEXT,
      { tensors: { text: { shape: [2, 1], data: ['x', 'y'] } } },
    ],
    ["MLflow's key", '{"inputs":[[1,2]]}', TABLE, { form: 'object' }],
  ])('reads %s', (_, json, signature, expected) => {
    expect(modelFeeds(read(json).input, signature)).toMatchObject(expected);
  });

  test('an input named data is no frame', () => {
    expect(read('{"input_data":{"data":[[1,2]]}}').input.kind).toBe('named');
  });

  test('params come along', () => {
    expect(read('{"input_data":[1],"params":{"k":1}}').params).toEqual(new Map([['k', 1]]));
  });

  test.each([
    ['[1]', 'The body: expected an object with input_data, received an array'],
    ['{"data":[1]}', 'The body: expected an object with input_data, received none of that name'],
    [
      '{"input_data":"x"}',
      '/input_data: expected a frame, records, arrays by input name, or an array, received "x"',
    ],
    ['{"input_data":[1],"params":[]}', '/params: expected an object, received an array'],
    ['{"input_data":[{"a":1},2]}', '/input_data/1: expected an object, received 2'],
  ])('%s is refused', (json, message) => {
    expect(() => read(json)).toThrow(message);
  });

  test('predictions go out bare', () => {
    const outputs = { y: { datatype: 'FP32', shape: [2, 1], data: Float32Array.of(1.5, 2) } } as const;
    expect(
      predictionsJson(outputs, modelFeeds(read('{"input_data":[{"a":1,"b":2},{"a":3,"b":4}]}').input, TABLE)),
    ).toBe('[{"y":1.5},{"y":2}]');
    expect(predictionsJson(outputs, modelFeeds(read('{"input_data":[[1,2],[3,4]]}').input, TABLE))).toBe(
      '{"y":[[1.5],[2]]}',
    );
  });
});

describe('azureError', () => {
  test.each<[ErrorCode, number, string]>([
    ['invalid-payload', 400, 'InvalidPayload'],
    ['endpoint-not-found', 404, 'EndpointNotFound'],
    ['payload-too-large', 413, 'PayloadTooLarge'],
    ['overloaded', 429, 'Overloaded'],
    ['model-unavailable', 503, 'ModelUnavailable'],
    ['deadline-exceeded', 408, 'DeadlineExceeded'],
  ])('%s is %d %s', (code, status, name) => {
    expect(azureError(toProblem(new ServingError(code, 'what is wrong'), 'r1'))).toEqual({
      status,
      headers: {},
      body: { error: { code: name, message: 'what is wrong' } },
    });
  });

  test('a model that fails is 424 with the status it gave', () => {
    expect(azureError(toProblem(new ServingError('inference-failed', 'x'), 'r1'))).toMatchObject({
      status: 424,
      headers: { 'ms-azureml-model-error-statuscode': '500', 'ms-azureml-model-error-reason': 'model_error' },
    });
  });

  test('every violation is a detail with its place', () => {
    const violations = [{ pointer: '/input_data/0', expected: 'a number', received: '"x"' }];
    const error = new ServingError('signature-mismatch', 'does not fit', { violations });
    expect(azureError(toProblem(error, 'r1')).body.error.details).toEqual([
      { code: 'InvalidValue', message: 'Expected a number, received "x"', target: '/input_data/0' },
    ]);
  });

  test('a bug is 500 without its text', () => {
    const answer = azureError(toProblem(new Error('secret'), 'r1'));
    expect(answer.status).toBe(500);
    expect(JSON.stringify(answer)).not.toContain('secret');
  });
});

describe('scoreHeaders', () => {
  test('tells ids, deployment and time', () => {
    expect(
      scoreHeaders({
        requestId: 'r1',
        clientRequestId: 'c-1',
        deployment: 'blue',
        runMs: 1.23456,
        hasFailed: false,
      }),
    ).toEqual({
      'x-ms-request-id': 'r1',
      'x-request-id': 'r1',
      'x-ms-client-request-id': 'c-1',
      'x-ms-run-function-failed': 'False',
      'x-ms-run-fn-exec-ms': '1.235',
      'x-ms-server-version': 'polyscore',
      'azureml-model-deployment': 'blue',
    });
  });

  test('a client id that is not safe to echo is left out, as is what is not known', () => {
    const headers = scoreHeaders({
      requestId: 'r1',
      clientRequestId: 'a\r\nb',
      deployment: undefined,
      runMs: undefined,
      hasFailed: true,
    });
    expect(Object.keys(headers)).toEqual([
      'x-ms-request-id',
      'x-request-id',
      'x-ms-run-function-failed',
      'x-ms-server-version',
    ]);
    expect(headers['x-ms-run-function-failed']).toBe('True');
  });
});
