import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readOnnx } from '../../shared/registry/onnx-reader';
import { checkServable } from '../../shared/registry/onnx-rewrite/check-servable';
import { rewriteOnnx } from '../../shared/registry/onnx-rewrite/rewrite-onnx';
import { createOnnxEngine } from '../../shared/runtime/onnx-engine';
import { parseTensor } from '../../shared/tensor/parse-tensor';
import { allocateElements } from '../../shared/tensor/tensor-check';
import type { Datatype, Tensor, Tensors } from '../../shared/tensor/tensor';

/** Made by test/clients/models/make_models.py; 64-bit integers are texts. */
interface Expectation {
  readonly feeds: Readonly<Record<string, JsonTensor>>;
  readonly expected: Readonly<Record<string, JsonTensor>>;
  readonly labels: Readonly<Record<string, readonly (number | string)[]>>;
}
interface JsonTensor {
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly data: readonly (number | string)[];
}

const FOLDER = join(__dirname, '../fixtures/models');
const NAMES = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.onnx'))
  .map((file) => file.slice(0, -'.onnx'.length));

function parseExpectation(name: string): Expectation {
  return JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as Expectation;
}

function tensorOf({ datatype, shape, data }: JsonTensor): Tensor {
  if (datatype === 'BYTES') return { datatype, shape, data: data.map(String) };
  if (datatype === 'INT64') return { datatype, shape, data: BigInt64Array.from(data.map(BigInt)) };
  const elements = allocateElements(datatype, data.length);
  for (let index = 0; index < data.length; index += 1) elements[index] = Number(data[index]);
  return parseTensor(datatype, shape, elements);
}

function externalDataOf(bytes: Uint8Array): Record<string, Uint8Array> {
  return Object.fromEntries(
    readOnnx(bytes).externalData.map((path) => [path, readFileSync(join(FOLDER, path))]),
  );
}

function expectSame(outputs: Tensors, expected: Expectation['expected']): void {
  for (const [name, wanted] of Object.entries(expected)) {
    const output = outputs[name];
    expect({ name, datatype: output?.datatype, shape: output?.shape }).toEqual({
      name,
      datatype: wanted.datatype,
      shape: wanted.shape,
    });
    const data = Array.from<unknown>(output?.data ?? []);
    const difference = (value: unknown, index: number) =>
      Math.abs(Number(value) - Number(wanted.data[index]));
    if (wanted.datatype !== 'FP32') expect(data.map(String)).toEqual(wanted.data.map(String));
    else expect(Math.max(...data.map(difference))).toBeLessThan(1e-5);
  }
}

describe('models as their libraries export them', () => {
  test.each(NAMES)('%s answers what Python onnxruntime answers', async (name) => {
    const file = readFileSync(join(FOLDER, `${name}.onnx`));
    const { feeds, expected, labels } = parseExpectation(name);

    const { bytes, classLabels } = rewriteOnnx(file);
    const summary = readOnnx(bytes);
    expect(checkServable(bytes, summary)).toEqual([]);
    expect(summary.otherOutputs).toEqual([]);
    const session = await createOnnxEngine().load({ onnx: bytes, externalData: externalDataOf(bytes) });
    const outputs = await session.run(
      Object.fromEntries(Object.entries(feeds).map(([input, tensor]) => [input, tensorOf(tensor)])),
    );
    await session.dispose();

    expectSame(outputs, expected);
    expect(Object.keys(outputs).sort()).toEqual(Object.keys(expected).sort());
    for (const [output, wanted] of Object.entries(labels)) {
      expect(classLabels[output]?.values.map(String)).toEqual(wanted.map(String));
      expect(classLabels[output]?.datatype).toBe(typeof wanted[0] === 'number' ? 'INT64' : 'BYTES');
      expect(summary.signature.outputs.find((spec) => spec.name === output)?.shape).toEqual([
        -1,
        wanted.length,
      ]);
    }
  });

  test('outputs of a model with a batch have the batch as their first size, also LightGBM labels', () => {
    for (const name of NAMES.filter((each) => each !== 'fixed-batch')) {
      const { bytes } = rewriteOnnx(readFileSync(join(FOLDER, `${name}.onnx`)));
      const shapes = readOnnx(bytes).signature.outputs.map(({ shape }) => shape?.[0] ?? -1);
      expect([name, ...shapes]).toEqual([name, ...shapes.map(() => -1)]);
    }
  });

  test.each([
    ['sklearn-logistic', ['output_probability: ZipMap dropped, the probability tensor is the output']],
    [
      'lightgbm-binary',
      [
        'probabilities: ZipMap dropped, the probability tensor is the output',
        'label: declared as one label, is one label a row',
      ],
    ],
    ['sklearn-multi-output', ['probabilities: sequence split into 2 outputs']],
    ['xgboost-multiclass', []],
    ['external-data', []],
    ['fixed-batch', []],
  ])('%s: says what it changed', (name, changes) => {
    const file = readFileSync(join(FOLDER, `${name}.onnx`));
    const rewritten = rewriteOnnx(file, 'win32');
    expect(rewritten.changes).toEqual(changes);
    expect(rewritten.bytes === file).toBe(changes.length === 0);
  });

  test('a text model gets a locale that every Linux has, and keeps its own elsewhere', () => {
    const file = readFileSync(join(FOLDER, 'sklearn-text.onnx'));
    const locale = 'StringNormalizer: locale C.UTF-8, which needs no language pack';
    expect(rewriteOnnx(file, 'linux').changes).toContain(locale);
    expect(rewriteOnnx(file, 'win32').changes).not.toContain(locale);
    const again = rewriteOnnx(rewriteOnnx(file, 'linux').bytes, 'linux');
    expect(again.changes).toEqual([]);
  });
});
