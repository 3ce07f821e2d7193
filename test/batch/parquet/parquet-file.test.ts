import { readFileSync } from 'node:fs';
import pl from 'nodejs-polars';
import { parseFooter } from '../../../shared/batch/parquet/footer';
import {
  joinParts,
  readFooter,
  readRowGroups,
  splitFile,
  type ReadRange,
} from '../../../shared/batch/parquet/parquet-file';
import { readThrift } from '../../../shared/batch/parquet/thrift-reader';
import { THRIFT, type ThriftStruct } from '../../../shared/batch/parquet/thrift-value';
import { writeThrift } from '../../../shared/batch/parquet/thrift-writer';

const FLIGHTS = readFileSync('node_modules/vega-datasets/data/flights-3m.parquet');

function counting(file: Buffer): { read: ReadRange; ranges: [number, number][] } {
  const ranges: [number, number][] = [];
  const read: ReadRange = (start, end) => {
    ranges.push([start, end]);
    return Promise.resolve(file.subarray(start, end));
  };
  return { read, ranges };
}

describe('thrift compact protocol', () => {
  test('a struct with every type comes back as it was written', () => {
    const struct: ThriftStruct = {
      kind: 'struct',
      fields: [
        { id: 1, type: THRIFT.true, value: true },
        { id: 2, type: THRIFT.false, value: false },
        { id: 3, type: THRIFT.i8, value: 200 },
        { id: 4, type: THRIFT.i16, value: -3 },
        { id: 40, type: THRIFT.i32, value: 2_147_483_647 },
        { id: 41, type: THRIFT.i64, value: -(2n ** 63n) },
        { id: 42, type: THRIFT.i64, value: 2n ** 63n - 1n },
        { id: 43, type: THRIFT.double, value: new Uint8Array(8).fill(7) },
        { id: 44, type: THRIFT.binary, value: new Uint8Array(300).fill(1) },
        {
          id: 45,
          type: THRIFT.list,
          value: { kind: 'list', elementType: THRIFT.i32, elements: Array.from({ length: 20 }, (_, i) => i) },
        },
        {
          id: 46,
          type: THRIFT.set,
          value: { kind: 'list', elementType: THRIFT.true, elements: [true, false] },
        },
        {
          id: 47,
          type: THRIFT.map,
          value: { kind: 'map', keyType: THRIFT.i32, valueType: THRIFT.i64, entries: [[1, 2n]] },
        },
        { id: 48, type: THRIFT.map, value: { kind: 'map', keyType: 0, valueType: 0, entries: [] } },
        { id: 49, type: THRIFT.struct, value: { kind: 'struct', fields: [] } },
      ],
    };
    expect(readThrift(writeThrift(struct))).toEqual(struct);
  });

  test("a real file's metadata is written back byte for byte", () => {
    const { footer } = splitFile(FLIGHTS);
    expect(writeThrift(readThrift(footer)).equals(footer)).toBe(true);
  });

  test.each([
    ['cut off', Buffer.from([0x15])],
    ['a length past the end', Buffer.from([0x18, 0xff, 0xff, 0x7f])],
    ['an unknown type', Buffer.from([0x1d])],
    ['a list longer than the bytes', Buffer.from([0x19, 0xf5, 0xff, 0xff, 0xff, 0x0f])],
    ['a number without end', Buffer.alloc(16, 0xff).fill(0x16, 0, 1)],
    ['structs without end', Buffer.alloc(64, 0x1c)],
  ])('%s is damage, not a crash', (_, bytes) => {
    expect(() => readThrift(bytes)).toThrow('the Parquet metadata is damaged');
  });
});

describe('readFooter', () => {
  test('knows rows, row groups and columns after one read of the end', async () => {
    const { read, ranges } = counting(FLIGHTS);
    const footer = await readFooter(read, FLIGHTS.length);
    expect(ranges).toEqual([[FLIGHTS.length - 65_536, FLIGHTS.length]]);
    expect(footer.rows).toBe(3_000_000);
    expect(footer.rowGroups.map(({ rows }) => rows)).toEqual([...Array<number>(10).fill(272_727), 272_730]);
    expect(footer.columns.map(({ name }) => name)).toEqual([
      'date',
      'delay',
      'distance',
      'origin',
      'destination',
    ]);
  });

  test('a footer larger than the first read takes a second one', async () => {
    const columns = Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`column-${i}`, [i]]));
    const file = pl.DataFrame(columns).writeParquet();
    const { read, ranges } = counting(file);
    const footer = await readFooter(read, file.length);
    expect(footer.columns).toHaveLength(2_000);
    expect(ranges).toHaveLength(2);
  });

  test.each([
    ['a file cut off at its end', FLIGHTS.subarray(0, 1_000_000), 'does not end with PAR1'],
    ['a file of 5 bytes', Buffer.from('PAR1x'), 'it has 5 bytes'],
    [
      'a footer larger than the file',
      Buffer.from('PAR1xxxxxxxx\xff\xff\x00\x00PAR1', 'latin1'),
      'said to take 65535 of 20 bytes',
    ],
    [
      'row groups cut out of the middle',
      Buffer.concat([Buffer.from('PAR1'), FLIGHTS.subarray(-20_000)]),
      'lies outside of the file',
    ],
    [
      'metadata overwritten',
      Buffer.concat([FLIGHTS.subarray(0, 40_000), Buffer.alloc(100, 0xee), Buffer.from('d\0\0\0PAR1')]),
      'damaged',
    ],
  ])('%s is told as what it is', async (_, file, message) => {
    await expect(readFooter(counting(file).read, file.length)).rejects.toThrow(message);
  });
});

describe('readRowGroups', () => {
  test('gives a file with those groups only, after reading their bytes only', async () => {
    const { read, ranges } = counting(FLIGHTS);
    const footer = await readFooter(read, FLIGHTS.length);
    const file = await readRowGroups(read, footer, 3, 5);
    const [, [start, end] = [0, 0]] = ranges;
    expect(end - start).toBeLessThan(FLIGHTS.length / 5);
    const cut = pl.readParquet(file);
    expect(cut.height).toBe(2 * 272_727);
    const whole = pl.readParquet(FLIGHTS).slice(3 * 272_727, 2 * 272_727);
    expect(cut.frameEqual(whole)).toBe(true);
  });

  test('bytes missing from the middle of the blob are damage', async () => {
    const footer = await readFooter(counting(FLIGHTS).read, FLIGHTS.length);
    const short = FLIGHTS.subarray(0, 50_000);
    await expect(readRowGroups(counting(short).read, footer, 3, 4)).rejects.toThrow('bytes were wanted');
  });
});

describe('joinParts', () => {
  const frames = [1, 2, 3].map((seed) =>
    pl.DataFrame({
      id: Array.from({ length: 1_000 * seed }, (_, i) => i * seed),
      name: Array.from({ length: 1_000 * seed }, (_, i) => (i % 7 === 0 ? null : `row ${i % (50 * seed)}`)),
      value: Float32Array.from({ length: 1_000 * seed }, (_, i) => i / seed),
    }),
  );

  test('the joined file holds the rows of all parts in order', () => {
    const parts = frames.map((frame) => splitFile(frame.writeParquet({ compression: 'zstd' })));
    const end = joinParts(parts.map(({ body, footer }) => ({ footer, bodyBytes: body.length })));
    const file = Buffer.concat([Buffer.from('PAR1'), ...parts.map(({ body }) => body), end]);
    expect(pl.readParquet(file).frameEqual(pl.concat(frames))).toBe(true);
    const { rows, rowGroups } = parseFooter(splitFile(file).footer);
    expect(rows).toBe(6_000);
    expect(rowGroups.map((group) => group.rows)).toEqual([1_000, 2_000, 3_000]);
  });

  test("Arrow's own schema, which calls text a type that few readers take, is left out", () => {
    const parts = frames.map((frame) => splitFile(frame.writeParquet({ compression: 'zstd' })));
    const schema = Buffer.from('ARROW:schema');
    expect(parts.every(({ footer }) => footer.includes(schema))).toBe(true);
    const end = joinParts(parts.map(({ body, footer }) => ({ footer, bodyBytes: body.length })));
    expect(end.includes(schema)).toBe(false);
  });

  test('parts without rows leave a file that can be read', () => {
    const [frame] = frames;
    const empty = frame?.head(0) ?? pl.DataFrame();
    const parts = [empty, frame ?? empty, empty].map((part) =>
      splitFile(part.writeParquet({ compression: 'zstd' })),
    );
    const end = joinParts(parts.map(({ body, footer }) => ({ footer, bodyBytes: body.length })));
    const file = Buffer.concat([Buffer.from('PAR1'), ...parts.map(({ body }) => body), end]);
    expect(pl.readParquet(file).height).toBe(1_000);
  });

  test('parts with different columns are refused', () => {
    const parts = [pl.DataFrame({ a: [1] }), pl.DataFrame({ a: ['x'] })].map((frame) =>
      splitFile(frame.writeParquet()),
    );
    expect(() => joinParts(parts.map(({ body, footer }) => ({ footer, bodyBytes: body.length })))).toThrow(
      'differ',
    );
    expect(() => joinParts([])).toThrow('at least one part');
  });
});
