import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ServingError, type ErrorCode } from '../../shared/errors';
import { mlflowError } from '../../shared/protocol/mlflow/error';
import { parseInvocation } from '../../shared/protocol/mlflow/invocation';
import { modelFeeds } from '../../shared/protocol/mlflow/model-feeds';
import { encodeInvocationAnswer, predictionsJson } from '../../shared/protocol/mlflow/predictions';
import { toProblem } from '../../shared/protocol/problem';
import { rewriteOnnx } from '../../shared/registry/onnx-rewrite/rewrite-onnx';
import { createOnnxEngine } from '../../shared/runtime/onnx-engine';
import type { Tensors } from '../../shared/tensor/tensor';

const OUTPUTS: Tensors = {
  label: { datatype: 'INT64', shape: [2], data: BigInt64Array.of(2n ** 53n + 1n, 0n) },
  score: { datatype: 'FP32', shape: [2, 1], data: Float32Array.of(0.5, NaN) },
  classes: { datatype: 'FP32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
};

describe('predictionsJson', () => {
  test('is an object a row for a table: one value an output, a list where it has several', () => {
    expect(predictionsJson(OUTPUTS, { form: 'rows', rows: 2, tensors: {} })).toBe(
      '[{"label":9007199254740993,"score":0.5,"classes":[1,2]},{"label":0,"score":null,"classes":[3,4]}]',
    );
  });

  test('is an object of nested arrays for arrays', () => {
    expect(predictionsJson(OUTPUTS, { form: 'object', rows: 0, tensors: {} })).toBe(
      '{"label":[9007199254740993,0],"score":[[0.5],[null]],"classes":[[1,2],[3,4]]}',
    );
  });

  test('is an object too where an output has not one row a row', () => {
    const total: Tensors = { total: { datatype: 'FP64', shape: [], data: Float64Array.of(3) } };
    expect(predictionsJson(total, { form: 'rows', rows: 2, tensors: {} })).toBe('{"total":3}');
  });

  test('no rows are an empty list', () => {
    const none: Tensors = { y: { datatype: 'FP32', shape: [0, 1], data: new Float32Array() } };
    expect(predictionsJson(none, { form: 'rows', rows: 0, tensors: {} })).toBe('[]');
  });
});

describe('a model behind /invocations', () => {
  test('answers a table in rows, classes and all', async () => {
    const file = readFileSync(join(__dirname, '../fixtures/models/sklearn-mixed-columns.onnx'));
    const session = await createOnnxEngine().load({ onnx: rewriteOnnx(file).bytes, externalData: {} });
    const body =
      '{"dataframe_split":{"columns":["age","city","income"],"data":[[61,"Łódź",-0.3596],[21,"Rome",-0.9984]]}}';
    const feeds = modelFeeds(parseInvocation(Buffer.from(body), 'application/json').input, session.signature);
    const answer: unknown = JSON.parse(encodeInvocationAnswer(await session.run(feeds.tensors), feeds));
    await session.dispose();
    const close = (value: number) => expect.closeTo(value, 3) as unknown;
    expect(answer).toEqual({
      predictions: [
        { output_label: 1, output_probability: [close(0.0033), close(0.9967)] },
        { output_label: 0, output_probability: [close(0.9843), close(0.0157)] },
      ],
    });
  });
});

describe('mlflowError', () => {
  test.each<[ErrorCode, number, string]>([
    ['invalid-payload', 400, 'BAD_REQUEST'],
    ['signature-mismatch', 400, 'BAD_REQUEST'],
    ['invalid-parameter', 400, 'INVALID_PARAMETER_VALUE'],
    ['model-not-found', 404, 'RESOURCE_DOES_NOT_EXIST'],
    ['overloaded', 429, 'RESOURCE_EXHAUSTED'],
    ['inference-failed', 500, 'INTERNAL_ERROR'],
    ['model-unavailable', 503, 'TEMPORARILY_UNAVAILABLE'],
  ])('%s is %d %s', (code, status, name) => {
    const answer = mlflowError(toProblem(new ServingError(code, 'what is wrong'), 'r1'));
    expect(answer).toMatchObject({ status, contentType: 'application/json' });
    expect(JSON.parse(answer.body)).toEqual({ error_code: name, message: 'what is wrong' });
  });

  test.each<[ErrorCode, number]>([
    ['unsupported-media-type', 415],
    ['deadline-exceeded', 504],
  ])('%s is plain text', (code, status) => {
    expect(mlflowError(toProblem(new ServingError(code, 'what is wrong'), 'r1'))).toEqual({
      status,
      contentType: 'text/plain',
      body: 'what is wrong',
    });
  });

  test('a bug tells its request id and nothing else', () => {
    const answer = mlflowError(toProblem(new Error('secret'), 'r1'));
    expect(answer.status).toBe(500);
    expect(answer.body).not.toContain('secret');
    expect(answer.body).toContain('r1');
  });
});
