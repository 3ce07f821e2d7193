import { ServingError } from '../../shared/errors';
import { readOnnx } from '../../shared/registry/onnx-reader';
import {
  buildOnnx,
  type ElemType,
  identityModel,
  linearModel,
  type OnnxModel,
  sequenceOfMaps,
  tensorType,
  zipMapModel,
} from '../support/onnx-builder';
import { bytes, float, int, message, varint } from '../support/protobuf-writer';

const values = (...inputs: OnnxModel['inputs']): Buffer =>
  buildOnnx({ inputs, outputs: [{ name: 'y', shape: [1] }], nodes: [] });
const graphOf = (...fields: Buffer[]): Buffer => bytes(7, message(...fields));
const input = (type: Buffer): Buffer => graphOf(bytes(11, message(bytes(1, 'x'), bytes(2, type))));

describe('readOnnx', () => {
  test('reads the signature, opsets, producer and metadata of a linear model', () => {
    expect(readOnnx(linearModel([1, 2, 3], 4, { metadata: { route: 'SEA-SFO', clé: '日本' } }))).toEqual({
      irVersion: 8,
      producer: 'polyscore-test',
      opsets: { '': 17 },
      metadata: { route: 'SEA-SFO', clé: '日本' },
      signature: {
        inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 3], symbols: ['N', undefined] }],
        outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 1], symbols: ['N', undefined] }],
      },
      otherInputs: [],
      otherOutputs: [],
      externalData: [],
    });
  });

  test.each<[string, Parameters<typeof identityModel>[0], object]>([
    ['an unknown rank has no shape', { shape: undefined }, { shape: undefined }],
    ['a scalar has no dimensions', { shape: [] }, { shape: [] }],
    ['a fixed shape has no symbols', { shape: [2, 3] }, { shape: [2, 3] }],
    ['a size without a name varies', { shape: [null, 3] }, { shape: [-1, 3] }],
    ['an empty symbol is none', { shape: ['', 3] }, { shape: [-1, 3] }],
    ['a size of −1 varies', { shape: [-1, 3] }, { shape: [-1, 3] }],
    ['a size of 0 stays 0', { shape: [0, 3] }, { shape: [0, 3] }],
  ])('%s', (_rule, options, expected) => {
    const { signature } = readOnnx(identityModel(options));
    expect(signature.inputs).toEqual([{ name: 'x', datatype: 'FP32', ...expected }]);
  });

  test('of a size and a symbol in one dimension the last one counts', () => {
    const dimension = (...fields: Buffer[]) =>
      input(bytes(1, message(int(1, 1), bytes(2, bytes(1, message(...fields))))));
    expect(readOnnx(dimension(int(1, 5), bytes(2, 'N'))).signature.inputs[0]?.shape).toEqual([-1]);
    expect(readOnnx(dimension(bytes(2, 'N'), int(1, 5))).signature.inputs[0]).toEqual({
      name: 'x',
      datatype: 'FP32',
      shape: [5],
    });
  });

  test('weights listed among the inputs are not inputs of the signature', () => {
    const model = linearModel([1, 2], 0, { initializersAsInputs: true });
    expect(readOnnx(model).signature.inputs.map(({ name }) => name)).toEqual(['x']);
  });

  test.each<ElemType>(['BOOL', 'UINT8', 'INT64', 'UINT64', 'FP16', 'FP64', 'BYTES'])(
    'a tensor of %s has its datatype',
    (elemType) => {
      expect(readOnnx(identityModel({ elemType })).signature.outputs[0]?.datatype).toBe(elemType);
    },
  );

  test.each<[ElemType, string]>([
    ['BF16', 'tensor(bfloat16)'],
    ['FP8E4M3FN', 'tensor(float8e4m3fn)'],
    ['COMPLEX64', 'tensor(complex64)'],
    ['INT4', 'tensor(int4)'],
  ])('inputs and outputs of %s are listed apart', (elemType, type) => {
    const { signature, otherInputs, otherOutputs } = readOnnx(identityModel({ elemType }));
    expect(signature).toEqual({ inputs: [], outputs: [] });
    expect({ otherInputs, otherOutputs }).toEqual({
      otherInputs: [{ name: 'x', type }],
      otherOutputs: [{ name: 'y', type }],
    });
  });

  test('a sequence of maps, as scikit-learn classifiers give, is listed apart', () => {
    const { signature, otherOutputs, opsets } = readOnnx(zipMapModel([[1, -1]], [0, 1]));
    expect(signature.outputs.map(({ name }) => name)).toEqual(['label']);
    expect(otherOutputs).toEqual([{ name: 'probabilities', type: 'sequence(map(int64,tensor(float)))' }]);
    expect(opsets).toEqual({ '': 17, 'ai.onnx.ml': 3 });
  });

  test.each([
    ['optional', bytes(9, bytes(1, tensorType('FP32', []))), 'optional(tensor(float))'],
    ['sparse', bytes(8, message(int(1, 1))), 'sparse_tensor(float)'],
    ['opaque', bytes(7, message()), 'opaque'],
    ['untyped', message(bytes(6, 'IMAGE')), 'no type'],
    ['sequence of nothing', bytes(4, message(int(9, 1))), 'sequence(no type)'],
  ])('an input that is %s is listed apart', (_kind, type, description) => {
    expect(readOnnx(values({ name: 'x', type })).otherInputs).toEqual([{ name: 'x', type: description }]);
  });

  test('external data is named once for each side file', () => {
    const external = (name: string, location: string) => ({ name, dims: [1], external: { location } });
    const model = buildOnnx({
      inputs: [],
      outputs: [{ name: 'y', shape: [1] }],
      nodes: [],
      initializers: [external('a', 'weights.bin'), external('b', 'more/w.bin'), external('c', 'weights.bin')],
    });
    expect(readOnnx(model).externalData).toEqual(['more/w.bin', 'weights.bin']);
  });

  test.each([
    '../weights.bin',
    '/etc/passwd',
    'a/../../b',
    'C:\\w.bin',
    'C:w.bin',
    'a\\b',
    '',
    'a//b',
    'a\0b',
  ])('external data at %j is refused', (location) => {
    const initializers = [{ name: 'a', dims: [1], external: { location } }];
    const model = buildOnnx({ inputs: [], outputs: [], nodes: [], initializers });
    expect(() => readOnnx(model)).toThrow("external data outside the model's folder");
  });

  test('fields that nobody knows, of every wire type, are skipped', () => {
    const unknown = [
      int(100, 5),
      bytes(101, 'x'),
      float(102, 1),
      Buffer.concat([varint((103 << 3) | 1), Buffer.alloc(8)]),
    ];
    const model = Buffer.concat([...unknown, linearModel([1]), ...unknown]);
    expect(readOnnx(model).signature).toEqual(readOnnx(linearModel([1])).signature);
  });

  test('weights are skipped, not read', () => {
    const raw = new Uint8Array(100_000_000);
    const initializers = [{ name: 'w', dims: [25_000_000], raw }];
    const file = buildOnnx({ inputs: [], outputs: [{ name: 'w', shape: [1] }], nodes: [], initializers });
    const times = [1, 2, 3, 4, 5].map(() => {
      const started = performance.now();
      expect(readOnnx(file).signature.outputs).toHaveLength(1);
      return performance.now() - started;
    });
    expect(Math.min(...times)).toBeLessThan(20);
  });
});

describe('hostile files', () => {
  const cut = linearModel([1, 2, 3]);
  const nested = (depth: number): Buffer =>
    depth === 0 ? tensorType('FP32', []) : bytes(4, bytes(1, nested(depth - 1)));
  const shaped = (...sizes: (number | bigint)[]) =>
    input(bytes(1, message(int(1, 1), bytes(2, message(...sizes.map((size) => bytes(1, int(1, size))))))));

  test.each<[string, Buffer, RegExp]>([
    ['an empty file', Buffer.alloc(0), /at byte 0: there is no graph/],
    ['text', Buffer.from('{"not": "onnx"}'), /at byte \d+: .*wire type 3/],
    ['a varint cut off', Buffer.from([0x08, 0x80]), /at byte 1: a varint is cut off/],
    [
      'an endless varint',
      Buffer.from([0x08, ...Array<number>(11).fill(0xff)]),
      /at byte 1: a varint is over 10/,
    ],
    ['field number 0', Buffer.from([0x00, 0x00]), /at byte 0: 0 is not the tag/],
    ['a huge field number', Buffer.concat([varint(2n ** 40n), varint(1)]), /is not the tag of a field/],
    ['a negative tag', Buffer.concat([varint(-1), varint(1)]), /is not the tag of a field/],
    [
      'a length past the end',
      Buffer.concat([varint(0x3a), varint(1e12)]),
      /takes 1000000000000 bytes, .* 0 left/,
    ],
    ['a negative length', Buffer.concat([varint(0x3a), varint(-5)]), /negative length/],
    ['a fixed number past the end', Buffer.from([0xa5, 0x01, 0, 0]), /takes 4 bytes/],
    ['a double past the end', Buffer.from([0xa1, 0x01, 0, 0]), /takes 8 bytes/],
    ['a graph that is a number', int(7, 1), /field 7 is varint, expected length-delimited/],
    ['a version that is text', bytes(1, 'x'), /field 1 is length-delimited, expected varint/],
    ['two graphs', Buffer.concat([cut, graphOf()]), /a second graph/],
    ['a file cut in the middle', cut.subarray(0, cut.length - 20), /at byte \d+/],
    ['a name that is not UTF-8', graphOf(bytes(11, bytes(1, Buffer.from([0xff, 0xfe])))), /not UTF-8/],
    ['two inputs of one name', values({ name: 'x', shape: [] }, { name: 'x', shape: [] }), /a second "x"/],
    ['an input without a name', values({ name: '', shape: [] }), /"" is not a name/],
    [
      'a name that JavaScript trips over',
      values({ name: '__proto__', shape: [] }),
      /"__proto__" is not a name/,
    ],
    ['types nested without end', input(nested(5_000)), /nest deeper than 16/],
    ['a negative size', shaped(-2), /a dimension of -2/],
    ['the most negative size', shaped(-(2n ** 63n)), /a dimension of -92233720368547/],
    ['a size beyond 2^53', shaped(2n ** 60n), /a dimension of 11529215046068/],
    ['sizes that multiply beyond 2^53', shaped(2 ** 40, 2 ** 40), /multiply to more than 2\^53/],
  ])('%s is invalid-model', (_what, file, message) => {
    expect(() => readOnnx(file)).toThrow(message);
    expect(codeOf(file)).toBe('invalid-model');
  });

  test('a hundred thousand outputs are read without looking at each other', () => {
    const outputs = Array.from({ length: 100_000 }, (_, index) => ({ name: `y${index}`, shape: [1] }));
    const file = buildOnnx({ inputs: [], outputs, nodes: [] });
    const started = performance.now();
    expect(readOnnx(file).signature.outputs).toHaveLength(100_000);
    expect(performance.now() - started).toBeLessThan(15_000);
  });

  test('every prefix of a file is a summary or invalid-model', () => {
    const file = zipMapModel([[1, -1]], [0, 1]);
    for (let end = 0; end < file.length; end += 1) expectSummaryOrInvalid(file.subarray(0, end));
  });

  test('twelve thousand mutated files are each a summary or invalid-model', () => {
    const random = randomNumbers(20_240_607);
    const seeds = [
      linearModel([1, 2, 3]),
      zipMapModel([[1, -1]], [0, 1]),
      values({ name: 'x', type: sequenceOfMaps('INT64', 'FP32') }),
    ];
    for (let round = 0; round < 12_000; round += 1) {
      const file = Buffer.from(seeds[round % seeds.length] ?? []);
      const changes = 1 + Math.floor(random() * 4);
      for (let change = 0; change < changes; change += 1) {
        file[Math.floor(random() * file.length)] = mutation(random);
      }
      expectSummaryOrInvalid(file);
    }
  });
});

function mutation(random: () => number): number {
  const favourites = [0x00, 0x7f, 0x80, 0xff];
  const index = Math.floor(random() * 8);
  return favourites[index] ?? Math.floor(random() * 256);
}

function codeOf(file: Buffer): string {
  try {
    readOnnx(file);
    return 'a summary';
  } catch (error) {
    return error instanceof ServingError ? error.code : String(error);
  }
}

function expectSummaryOrInvalid(file: Buffer): void {
  const code = codeOf(file);
  if (code !== 'a summary' && code !== 'invalid-model') throw new Error(`${code}: ${file.toString('hex')}`);
}

/** The same numbers in [0, 1) every time (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
