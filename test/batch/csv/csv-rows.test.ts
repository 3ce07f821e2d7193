import pl from 'nodejs-polars';
import { fastNumber, TimestampReader } from '../../../shared/batch/csv/csv-field';
import { decodeCsv } from '../../../shared/batch/csv/csv-rows';
import type { InputRows, OutputLayout, ReadColumn } from '../../../shared/batch/input-rows';
import { joinParts } from '../../../shared/batch/parquet/parquet-file';
import type { PredictionColumn, ScoredBatch } from '../../../shared/scoring/scoring';
import { modelVersion } from '../model-version';

const columns = ['id', 'distance', 'origin', 'when'];
const reads: ReadColumn[] = [
  { name: 'origin', type: 'text' },
  { name: 'distance', type: 'number' },
  { name: 'when', type: 'timestamp' },
];
const csv: OutputLayout = { format: 'csv', modelColumn: 'model', versionColumn: 'version' };

function decode(text: string): InputRows {
  const bytes = Buffer.from(text);
  const rows = text.split('\n').filter((line) => line.trim() !== '').length;
  return decodeCsv(bytes, reads, { columns, rows });
}

function scored(
  rows: number,
  options: Partial<ScoredBatch> & { predictions?: PredictionColumn[] } = {},
): ScoredBatch {
  return {
    predictions: [
      { name: 'delay', datatype: 'FP32', values: Float32Array.from({ length: rows }, (_, i) => i + 0.1) },
    ],
    models: [modelVersion('m,1', '1')],
    modelOfRow: new Int32Array(rows),
    rejected: new Map(),
    ...options,
  };
}

describe('decodeCsv', () => {
  test('reads the wanted columns, quoted or not, with missing values', () => {
    const { batch, unreadable } = decode(
      '1,12.5,"A ""x""",2001-01-01T06:00\r\n\n"2","-3e2",B,2001-01-01 06:00:30\r\n3,,,\r\n4,7,"A ""x""",2001-01-02\n',
    );
    expect(unreadable.size).toBe(0);
    expect(batch.columns.get('distance')).toEqual({
      type: 'number',
      values: Float64Array.from([12.5, -300, NaN, 7]),
    });
    expect(batch.columns.get('origin')).toEqual({
      type: 'text',
      codes: Int32Array.from([0, 1, -1, 0]),
      values: ['A "x"', 'B'],
    });
    const day = Date.UTC(2001, 0, 1);
    expect(batch.columns.get('when')).toEqual({
      type: 'timestamp',
      epochMs: Float64Array.from([day + 6 * 3_600_000, day + 6 * 3_600_000 + 30_000, NaN, day + 86_400_000]),
    });
  });

  test.each([
    ['1,far,A,2001-01-01', 'column "distance" holds "far", expected a number'],
    ['1,5,A,soon', 'column "when" holds "soon", expected a timestamp (ISO 8601)'],
    ['1,5,A,2001-13-01T00:00', 'column "when" holds "2001-13-01T00:00", expected a timestamp (ISO 8601)'],
    ['1,5,A', 'the row has 3 fields, the header 4'],
    ['1,5,A,2001-01-01,9', 'the row has 5 fields, the header 4'],
    [`1,${'x'.repeat(60)},A,2001-01-01`, `column "distance" holds "${'x'.repeat(40)}…", expected a number`],
  ])('%s is not readable, and says why', (record, reason) => {
    const { unreadable } = decode(`1,1,A,2001-01-01\n${record}\n`);
    expect([...unreadable]).toEqual([[1, reason]]);
  });

  test('thousands of distinct texts keep their own codes', () => {
    const names = Array.from({ length: 5_000 }, (_, i) => `name ${i * 7919}`);
    const { batch } = decode(
      names.map((name) => `1,2,${name},2001-01-01\n`).join('') +
        names.map((name) => `1,2,${name},2001-01-01\n`).join(''),
    );
    const origin = batch.columns.get('origin');
    if (origin?.type !== 'text') throw new Error('text was wanted');
    expect(origin.values).toEqual(names);
    expect([...origin.codes.subarray(5_000)]).toEqual(names.map((_, i) => i));
  });
});

describe('CSV output', () => {
  test('keeps each record as it came, then predictions, model and version, quoted where needed', () => {
    const rows = decode('1,2,"A ""x""",2001-01-01\r\n2,3,B,2001-01-01');
    expect(rows.encodeOutput(scored(2), csv).body.toString()).toBe(
      '1,2,"A ""x""",2001-01-01,0.1,"m,1",1\n2,3,B,2001-01-01,1.1,"m,1",1\n',
    );
  });

  test('leaves rejected rows out and skipped rows without values', () => {
    const rows = decode('1,2,A,\n2,3,B,\n3,4,C,\n');
    const result = scored(3, {
      modelOfRow: Int32Array.from([0, -1, 0]),
      rejected: new Map([[0, 'no']]),
      predictions: [
        { name: 'count', datatype: 'INT64', values: BigInt64Array.from([1n, 0n, 3n]) },
        { name: 'label', datatype: 'BYTES', values: ['', '', 'a,b'] },
        { name: 'score', datatype: 'FP64', values: Float64Array.from([1, NaN, NaN]) },
      ],
    });
    expect(rows.encodeOutput(result, csv).body.toString()).toBe('2,3,B,,,,,,\n3,4,C,,3,"a,b",,"m,1",1\n');
  });

  test("rows larger than the writer's buffer come out whole", () => {
    const wide = 'w'.repeat(700_000);
    const rows = decode(`1,2,${wide},\n2,3,${wide},\n3,4,C,\n`);
    const text = rows.encodeOutput(scored(3), csv).body.toString();
    expect(text).toBe(`1,2,${wide},,0.1,"m,1",1\n2,3,${wide},,1.1,"m,1",1\n3,4,C,,2.1,"m,1",1\n`);
  });

  test('rejected rows come with blob, row number, reason and their fields', () => {
    const rows = decode('1,2,A,\n2,far,"B,b",\n3,4\n4,5,C,x,"y,z"\n');
    const { unreadable } = rows;
    const text = rows
      .encodeRejects(scored(4, { rejected: unreadable }), { blobPath: 'in/a,b.csv', firstRow: 11 })
      .toString();
    expect(text.split('\n')).toEqual([
      '"in/a,b.csv",12,"column ""distance"" holds ""far"", expected a number",2,far,"B,b",',
      '"in/a,b.csv",13,"the row has 2 fields, the header 4",3,4,,',
      '"in/a,b.csv",14,"the row has 5 fields, the header 4",4,5,C,x',
      '',
    ]);
  });

  test('Parquet out of CSV: typed where scoring read a type, text elsewhere, empty is null', () => {
    const rows = decode('1,2.5,A,2001-01-01T06:00\n,3,,\n');
    const { body, footer } = rows.encodeOutput(scored(2), { ...csv, format: 'parquet' });
    const end = joinParts([{ footer: footer ?? Buffer.alloc(0), bodyBytes: body.length }]);
    const frame = pl.readParquet(Buffer.concat([Buffer.from('PAR1'), body, end]));
    expect(frame.columns).toEqual([...columns, 'delay', 'model', 'version']);
    expect(frame.row(0).slice(0, 3)).toEqual(['1', 2.5, 'A']);
    expect(frame.row(1).slice(0, 4)).toEqual([null, 3, null, null]);
    expect(frame.dtypes[3]?.variant).toBe('Datetime');
  });
});

describe('fastNumber', () => {
  test.each([
    '0',
    '-12',
    '3.25',
    '.5',
    '5.',
    '123456789012345',
    '-0.000001',
    '9007199254740993',
    '1e5',
    ' 7',
    '-',
    '',
    '1.2.3',
    '0x10',
  ])('agrees with Number on "%s", or leaves it to Number', (text) => {
    const fast = fastNumber(Buffer.from(text), 0, text.length);
    if (fast !== undefined) expect(fast).toBe(Number(text));
  });

  test('does take plain decimals', () => {
    expect(fastNumber(Buffer.from('x-12.75y'), 1, 7)).toBe(-12.75);
  });
});

describe('TimestampReader', () => {
  test.each([
    '2001-01-01T06:00',
    '2001-01-01 06:00:59',
    '2001-01-01',
    '2001-01-01T06:00:00.5Z',
    '2001-01-01T06:00:00.123456',
    '2001-01-01 06:00:07.999999999Z',
    '2001-01-01T06:00Z',
    '2001-01-01T06:00:00.12x',
    '2001-01-01T06:00:00.',
    '2001-02-30T06:00',
    '2001-01-01T24:00',
    '2001-01-01T6:000',
    '20010101T0600000',
  ])('reads "%s" as Date does, or not at all', (text) => {
    const bytes = Buffer.from(`${text}|`);
    const read = new TimestampReader().read(bytes, 0, text.length);
    const isReal = ![
      '2001-01-01T06:00:00.12x',
      '2001-01-01T06:00:00.',
      '2001-02-30T06:00',
      '2001-01-01T24:00',
      '2001-01-01T6:000',
      '20010101T0600000',
    ].includes(text);
    const iso = text.length === 10 ? text : `${text.replace(' ', 'T').replace('Z', '')}Z`;
    expect(read).toBe(isReal ? Date.parse(iso) : NaN);
  });
});
