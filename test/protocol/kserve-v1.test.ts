import { parseJson } from '../../shared/protocol/json-document';
import {
  encodePredictAnswer,
  kserveV1Error,
  modelStatus,
  predictFeeds,
} from '../../shared/protocol/kserve-v1/predict';
import type { Signature } from '../../shared/registry/signature';
import type { Tensors } from '../../shared/tensor/tensor';

const ONE: Signature = { inputs: [{ name: 'X', datatype: 'FP32', shape: [-1, 2] }], outputs: [] };
const TWO: Signature = {
  inputs: [
    { name: 'age', datatype: 'INT64', shape: [-1, 1] },
    { name: 'city', datatype: 'BYTES', shape: [-1] },
  ],
  outputs: [],
};
const feeds = (json: string, signature: Signature) => predictFeeds(parseJson(Buffer.from(json)), signature);

describe('predictFeeds', () => {
  test.each<[string, Signature, object]>([
    ['{"instances":[[1,2],[3,4]]}', ONE, { X: { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) } }],
    [
      '{"instances":[{"age":7,"city":"Oslo"},{"city":"Rome","age":8}]}',
      TWO,
      { age: { shape: [2, 1] }, city: { data: ['Oslo', 'Rome'] } },
    ],
    ['{"instances":[{"age":[7],"city":"Oslo"}]}', TWO, { age: { shape: [1, 1] } }],
    ['{"inputs":{"age":[[7]],"city":["Oslo"]}}', TWO, { age: { shape: [1, 1] } }],
    ['{"inputs":[[1,2]]}', ONE, { X: { shape: [1, 2] } }],
    ['{"instances":[[1,2]],"signature_name":"serving_default"}', ONE, { X: { shape: [1, 2] } }],
  ])('reads %s', (json, signature, tensors) => {
    expect(feeds(json, signature).tensors).toMatchObject(tensors);
  });

  test.each<[string, Signature, string]>([
    ['[[1,2]]', ONE, 'The body: expected an object with instances'],
    ['{}', ONE, '/instances: expected an array, received nothing'],
    ['{"instances":1}', ONE, '/instances: expected an array'],
    ['{"instances":[[1,2]],"inputs":[[1,2]]}', ONE, 'either instances or inputs, received both'],
    [
      '{"instances":[[1,2,3]]}',
      ONE,
      '/instances: expected shape [-1, 2] for input "X", received shape [1, 3]',
    ],
    ['{"instances":[{"age":7,"city":"a"},{"age":8}]}', TWO, '/instances/1: expected an object of age, city'],
    ['{"instances":[{"age":7},5]}', TWO, '/instances/1: expected an object, like the first, received 5'],
    ['{"instances":[{"age":1.5,"city":"a"}]}', TWO, '/instances/age/0: expected a whole number'],
  ])('%s is refused', (json, signature, message) => {
    expect(() => feeds(json, signature)).toThrow(message);
  });
});

describe('encodePredictAnswer', () => {
  const sent = { tensors: {}, form: 'object', rows: 0 } as const;
  const y = { datatype: 'FP32', shape: [2, 1], data: Float32Array.of(1.5, 2) } as const;

  test('the rows of the one output', () => {
    expect(encodePredictAnswer({ y }, sent)).toBe('{"predictions":[[1.5],[2]]}');
  });

  test('an object a row where there are several outputs', () => {
    const outputs: Tensors = { y, label: { datatype: 'BYTES', shape: [2], data: ['a', 'b'] } };
    expect(encodePredictAnswer(outputs, sent)).toBe(
      '{"predictions":[{"y":1.5,"label":"a"},{"y":2,"label":"b"}]}',
    );
  });
});

describe('KServe V1 documents', () => {
  test('errors are a text, a model says whether it is ready', () => {
    expect(kserveV1Error({ detail: 'x' })).toEqual({ error: 'x' });
    expect(modelStatus('m', true)).toEqual({ name: 'm', ready: true });
  });
});
