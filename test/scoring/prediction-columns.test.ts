import type { ModelVersion } from '../../shared/registry/catalog';
import { predictionSpecs } from '../../shared/scoring/prediction-columns';
import { scoreColumns } from '../../shared/scoring/score-columns';
import { buildOnnx, identityModel, linearModel } from '../support/onnx-builder';
import { batchOf, byOrigin, model, numbers, only, sessionsOf, text } from './score-fixture';

const ams = model('ams', linearModel([2], 1));

describe('predictionSpecs', () => {
  const twoOutputs = model(
    'two',
    buildOnnx({
      inputs: [{ name: 'x', shape: ['N', 1] }],
      outputs: [
        { name: 'a', shape: ['N', 1] },
        { name: 'wide', shape: ['N', 2] },
      ],
      nodes: [
        { op: 'Identity', inputs: ['x'], outputs: ['a'] },
        { op: 'Concat', inputs: ['x', 'x'], outputs: ['wide'], attributes: { axis: 1 } },
      ],
    }),
  );

  test('an output with several elements a row becomes numbered columns', async () => {
    const scored = await scoreColumns(
      batchOf({ distance: numbers([3, 4]) }, 2),
      only(twoOutputs),
      sessionsOf([twoOutputs]).source,
      { outputNames: { wide: 'both' } },
    );
    expect(scored.predictions.map(({ name, values }) => [name, ...values])).toEqual([
      ['a', 3, 4],
      ['both_0', 3, 4],
      ['both_1', 3, 4],
    ]);
  });

  test('where models differ in an output, the column takes the wider type', () => {
    const of = (elemType: 'FP32' | 'FP64' | 'INT64' | 'BYTES'): ModelVersion =>
      model(elemType, identityModel({ elemType, shape: ['N'] }), {}).version;
    const types = (...versions: ModelVersion[]): string[] =>
      predictionSpecs(versions).map((spec) => spec.datatype);
    expect(types(of('FP32'), of('FP32'))).toEqual(['FP32']);
    expect(types(of('FP32'), of('INT64'))).toEqual(['FP64']);
    expect(types(of('FP32'), of('BYTES'))).toEqual(['BYTES']);
  });

  test("models with different outputs leave each other's columns empty", async () => {
    const other = model('other', linearModel([1], 0, { output: 'z' }));
    const batch = batchOf({ origin: text(['AMS', 'OTH']), distance: numbers([1, 2]) }, 2);
    const scored = await scoreColumns(
      batch,
      byOrigin({ AMS: ams, OTH: other }),
      sessionsOf([ams, other]).source,
    );
    expect(scored.predictions.map(({ name, values }) => [name, ...values])).toEqual([
      ['y', 3, NaN],
      ['z', NaN, 2],
    ]);
  });

  test('an output that has not the elements it promised rejects the rows', async () => {
    const batch = batchOf({ distance: numbers([1]) }, 1);
    const specs = predictionSpecs([twoOutputs.version]).map((spec) => ({ ...spec, elements: 5 }));
    const scored = await scoreColumns(batch, only(twoOutputs), sessionsOf([twoOutputs]).source, { specs });
    expect(scored.rejected.get(0)).toContain('has 1 elements a row, expected 5');
  });
});
