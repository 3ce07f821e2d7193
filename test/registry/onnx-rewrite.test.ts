import { readOnnx } from '../../shared/registry/onnx-reader';
import { checkServable } from '../../shared/registry/onnx-rewrite/check-servable';
import { rewriteOnnx } from '../../shared/registry/onnx-rewrite/rewrite-onnx';
import { createOnnxEngine } from '../../shared/runtime/onnx-engine';
import { seededRandom } from '../protocol/seeded-random';
import { buildOnnx, sequenceOfMaps, zipMapModel, type OnnxModel } from '../support/onnx-builder';
import { bytes as field, int, message } from '../support/protobuf-writer';

const X = { name: 'x', shape: ['N', 2] } as const;
const Y = { name: 'y', shape: ['N', 2] } as const;
const ECHO = { op: 'Identity', inputs: ['x'], outputs: ['y'] } as const;

/** `y` is a sequence of maps out of `x` itself. */
function zipMapOnly(
  attributes: Record<string, readonly number[] | readonly string[]>,
  extra: Partial<OnnxModel> = {},
) {
  return buildOnnx({
    inputs: [X],
    outputs: [{ name: 'y', type: sequenceOfMaps('INT64', 'FP32') }],
    nodes: [{ op: 'ZipMap', domain: 'ai.onnx.ml', inputs: ['x'], outputs: ['y'], attributes }],
    opsets: { 'ai.onnx.ml': 3 },
    ...extra,
  });
}

async function run(bytes: Uint8Array) {
  const session = await createOnnxEngine().load({ onnx: bytes, externalData: {} });
  const outputs = await session.run({ x: { datatype: 'FP32', shape: [1, 2], data: Float32Array.of(3, 4) } });
  await session.dispose();
  return outputs;
}

function reasonsOf(model: Partial<OnnxModel>): readonly string[] {
  const bytes = buildOnnx({ inputs: [X], outputs: [Y], nodes: [ECHO], ...model });
  return checkServable(bytes, readOnnx(bytes));
}

describe('rewriteOnnx', () => {
  test('keeps labels of both kinds, negative ones too', () => {
    expect(rewriteOnnx(zipMapOnly({ classlabels_int64s: [-1, 7] })).classLabels).toEqual({
      y: { datatype: 'INT64', values: [-1n, 7n] },
    });
    expect(rewriteOnnx(zipMapOnly({ classlabels_strings: ['a', 'ż'] })).classLabels).toEqual({
      y: { datatype: 'BYTES', values: ['a', 'ż'] },
    });
  });

  test('a model that imports no ai.onnx operators gets the import that its new node needs', async () => {
    const { bytes } = rewriteOnnx(zipMapOnly({ classlabels_int64s: [0, 1] }));
    expect(readOnnx(bytes).opsets).toEqual({ 'ai.onnx.ml': 3, '': 9 });
    expect((await run(bytes))['y']?.data).toEqual(Float32Array.of(3, 4));
  });

  test('a ZipMap without labels leaves the shape open', async () => {
    const { bytes, classLabels } = rewriteOnnx(zipMapOnly({}));
    expect(classLabels).toEqual({});
    expect(readOnnx(bytes).signature.outputs).toEqual([{ name: 'y', datatype: 'FP32', shape: undefined }]);
    expect((await run(bytes))['y']?.shape).toEqual([1, 2]);
  });

  test('elements of a split sequence get names that nobody has', async () => {
    const sequence = field(4, field(1, field(1, int(1, 1))));
    const model = buildOnnx({
      inputs: [X],
      outputs: [{ name: 's', type: sequence }],
      nodes: [
        { op: 'Neg', inputs: ['x'], outputs: ['s_0'] },
        { op: 'SequenceConstruct', inputs: ['s_0', 'x'], outputs: ['s'] },
      ],
    });
    const outputs = await run(rewriteOnnx(model).bytes);
    expect(outputs['s_0_']?.data).toEqual(Float32Array.of(-3, -4));
    expect(outputs['s_1']?.data).toEqual(Float32Array.of(3, 4));
  });

  test('other sequences and maps stay as they are, and a model of tensors comes back as the same bytes', () => {
    const models = [
      buildOnnx({ inputs: [X], outputs: [Y], nodes: [ECHO] }),
      buildOnnx({
        inputs: [X],
        outputs: [{ name: 'y', type: sequenceOfMaps('INT64', 'FP32') }],
        nodes: [{ op: 'SequenceInsert', inputs: ['x'], outputs: ['y'] }],
      }),
    ];
    for (const model of models)
      expect(rewriteOnnx(model)).toEqual({ bytes: model, classLabels: {}, changes: [] });
  });

  test('metadata, weights and unknown fields are copied byte for byte', () => {
    const model = Buffer.concat([
      zipMapModel(
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
        [0, 1, 2],
      ),
      field(14, message(field(1, 'owner'), field(2, 'somebody'))),
      field(999, 'of a later version'),
    ]);
    const { bytes } = rewriteOnnx(model);
    expect(readOnnx(bytes).metadata).toEqual({ owner: 'somebody' });
    expect(Buffer.from(bytes).subarray(-60)).toEqual(model.subarray(-60));
  });

  test('steps over weights by their length: 64 MiB of them cost no more than a copy', () => {
    const weights = { name: 'w', dims: [2 ** 24], raw: new Uint8Array(2 ** 26) };
    const model = zipMapOnly({ classlabels_int64s: [0, 1] }, { initializers: [weights] });
    const started = process.cpuUsage();
    const { bytes } = rewriteOnnx(model);
    const usedMs = process.cpuUsage(started).user / 1_000;
    expect(bytes.length).toBeGreaterThan(2 ** 26);
    expect(usedMs).toBeLessThan(500);
  });

  test('whatever the bytes are, it answers or says invalid-model', () => {
    const random = seededRandom(9);
    const next = (limit: number) => Math.floor(random() * limit);
    const models = [
      zipMapModel(
        [
          [1, 2],
          [3, 4],
        ],
        [5, 6],
      ),
      zipMapOnly({ classlabels_strings: ['a', 'b'] }),
      buildOnnx({ inputs: [X], outputs: [Y], nodes: [{ ...ECHO, op: 'StringNormalizer' }] }),
    ];
    let refused = 0;
    for (let round = 0; round < 30_000; round += 1) {
      const bytes = Buffer.from(models[next(models.length)] ?? []);
      for (let edit = next(4); edit >= 0; edit -= 1) bytes[next(bytes.length)] = next(256);
      try {
        rewriteOnnx(bytes.subarray(0, next(8) > 0 ? bytes.length : next(bytes.length)), 'linux');
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'invalid-model')) throw error;
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(1_000);
  });

  test.each([
    ['nothing', Buffer.alloc(0), 'there is no graph'],
    ['a graph past the end', Buffer.from([0x3a, 0x7f, 0x00]), 'at byte 0: field 7 reaches past its message'],
    ['a cut varint', Buffer.from([0x08, 0x80]), 'at byte 1: a varint is cut off or too long'],
    ['field 0', Buffer.from([0x00, 0x00]), 'at byte 0: 0 is not the tag of a field'],
    ['a group', Buffer.from([0x0b]), 'at byte 0: field 1 reaches past its message or has no known wire type'],
  ])('%s is refused with the place', (_, bytes, message) => {
    expect(() => rewriteOnnx(bytes)).toThrow(message);
  });
});

describe('checkServable', () => {
  test.each<[string, Partial<OnnxModel>, readonly string[]]>([
    ['a plain model', {}, []],
    ['a domain that is imported and not used', { opsets: { '': 17, 'my.dom': 1 } }, []],
    ['operators under their long domain name', { nodes: [{ ...ECHO, domain: 'ai.onnx' }] }, []],
    ['the newest versions', { opsets: { '': 26, 'ai.onnx.ml': 5 }, irVersion: 13 }, []],
    [
      'newer versions',
      { opsets: { '': 27, 'ai.onnx.ml': 6 }, irVersion: 14 },
      [
        'Opset 27 of ai.onnx is newer than 26, the newest that the runtime knows',
        'Opset 6 of ai.onnx.ml is newer than 5, the newest that the runtime knows',
        'IR version 14 is newer than 13, the newest that the runtime knows',
      ],
    ],
    [
      'an unknown domain',
      {
        nodes: [
          { ...ECHO, op: 'Foo', domain: 'my.dom' },
          { ...ECHO, op: 'Bar', domain: 'my.dom' },
        ],
      },
      ['The operators Foo, Bar are of the domain "my.dom", which the runtime does not know'],
    ],
    [
      'a bfloat16 input',
      { inputs: [{ ...X, elemType: 'BF16' }] },
      ['The input "x" is tensor(bfloat16), which cannot be sent'],
    ],
    [
      'a float8 output',
      { outputs: [Y, { ...Y, name: 'z', elemType: 'FP8E4M3FN' }] },
      ['The output "z" is tensor(float8e4m3fn), which cannot be answered'],
    ],
    [
      'a complex output alone',
      { outputs: [{ ...Y, elemType: 'COMPLEX64' }] },
      [
        'The output "y" is tensor(complex64), which cannot be answered',
        'No output is a tensor of a type that is served',
      ],
    ],
    [
      'a sequence input',
      { inputs: [{ name: 'x', type: sequenceOfMaps('INT64', 'FP32') }] },
      ['The input "x" is sequence(map(int64,tensor(float))), which cannot be sent'],
    ],
    [
      'a sequence beside a tensor',
      { outputs: [Y, { name: 's', type: sequenceOfMaps('INT64', 'FP32') }] },
      [],
    ],
  ])('%s', (_, model, reasons) => {
    expect(reasonsOf(model)).toEqual(reasons);
  });

  test('functions that a model brings with it are known', () => {
    const node = { ...ECHO, op: 'Twice', domain: 'my.functions' };
    const model = buildOnnx({ inputs: [X], outputs: [Y], nodes: [node] });
    const withFunction = Buffer.concat([
      model,
      field(25, message(field(1, 'Twice'), field(10, 'my.functions'))),
    ]);
    expect(checkServable(model, readOnnx(model))).toHaveLength(1);
    expect(checkServable(withFunction, readOnnx(withFunction))).toEqual([]);
  });

  test('the newest versions load in the runtime, and the next ones do not', async () => {
    const load = async (opsets: Record<string, number>, irVersion: number) => {
      const bytes = buildOnnx({ inputs: [X], outputs: [Y], nodes: [ECHO], opsets, irVersion });
      const session = await createOnnxEngine().load({ onnx: bytes, externalData: {} });
      await session.dispose();
    };
    await expect(load({ '': 26, 'ai.onnx.ml': 5 }, 13)).resolves.toBeUndefined();
    await expect(load({ '': 27 }, 13)).rejects.toMatchObject({ code: 'invalid-model' });
    await expect(load({ '': 26, 'ai.onnx.ml': 6 }, 13)).rejects.toMatchObject({ code: 'invalid-model' });
    await expect(load({ '': 26 }, 14)).rejects.toMatchObject({ code: 'invalid-model' });
  });
});
