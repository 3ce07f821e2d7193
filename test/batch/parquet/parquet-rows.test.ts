import pl from 'nodejs-polars';
import type { OutputLayout, ReadColumn } from '../../../shared/batch/input-rows';
import { joinParts } from '../../../shared/batch/parquet/parquet-file';
import { decodeParquet } from '../../../shared/batch/parquet/parquet-rows';
import type { ScoredBatch } from '../../../shared/scoring/scoring';
import { modelVersion } from '../model-version';

const layout: OutputLayout = { format: 'parquet', modelColumn: 'model', versionColumn: 'version' };

function decode(frame: pl.DataFrame, reads: readonly ReadColumn[], textColumns = frame.columns) {
  return decodeParquet(frame.writeParquet(), reads, { skip: 0, rows: frame.height, textColumns });
}

function read(frame: pl.DataFrame, name: string, type: ReadColumn['type']) {
  const rows = decode(frame, [{ name, type }]);
  return { column: rows.batch.columns.get(name), unreadable: [...rows.unreadable] };
}

function toFrame({ body, footer }: { body: Buffer; footer?: Buffer }): pl.DataFrame {
  const end = joinParts([{ footer: footer ?? Buffer.alloc(0), bodyBytes: body.length }]);
  return pl.readParquet(Buffer.concat([Buffer.from('PAR1'), body, end]));
}

describe('decodeParquet', () => {
  test.each([
    ['Int64', pl.Series('x', [1, null, -3], pl.Int64), [1, NaN, -3]],
    ['Int8', pl.Series('x', [1, 2, 3], pl.Int8), [1, 2, 3]],
    ['Float32', pl.Series('x', [0.5, null, NaN], pl.Float32), [0.5, NaN, NaN]],
    ['Bool', pl.Series('x', [true, false, null], pl.Bool), [1, 0, NaN]],
    ['Datetime', pl.Series('x', [1_500, null, -1], pl.Int64).cast(pl.Datetime('us')), [1, NaN, -1]],
    ['String', pl.Series('x', ['1.5', null, ''], pl.String), [1.5, NaN, NaN]],
  ])('%s as numbers', (_, series, expected) => {
    expect(read(pl.DataFrame([series]), 'x', 'number')).toEqual({
      column: { type: 'number', values: Float64Array.from(expected) },
      unreadable: [],
    });
  });

  test.each([
    ['Datetime in microseconds', pl.Series('x', [1_500_000], pl.Int64).cast(pl.Datetime('us')), 1_500],
    ['Datetime in nanoseconds', pl.Series('x', [1_500_000_000], pl.Int64).cast(pl.Datetime('ns')), 1_500],
    ['Datetime in milliseconds', pl.Series('x', [1_500], pl.Int64).cast(pl.Datetime('ms')), 1_500],
    ['Date', pl.Series('x', [2], pl.Int32).cast(pl.Date), 2 * 86_400_000],
    ['String', pl.Series('x', ['1970-01-01T00:00:01.5Z'], pl.String), 1_500],
    ['Int64, as epoch milliseconds', pl.Series('x', [1_500], pl.Int64), 1_500],
  ])('%s as timestamps', (_, series, expected) => {
    expect(read(pl.DataFrame([series]), 'x', 'timestamp').column).toEqual({
      type: 'timestamp',
      epochMs: Float64Array.from([expected]),
    });
  });

  test.each([
    ['String', pl.Series('x', ['b', 'a', null, 'b'], pl.String), ['b', 'a', undefined, 'b']],
    ['Int64', pl.Series('x', [7, null, 7], pl.Int64), ['7', undefined, '7']],
    ['Categorical', pl.Series('x', ['b', 'a', 'b'], pl.String).cast(pl.Categorical), ['b', 'a', 'b']],
  ])('%s as text', (_, series, expected) => {
    const { column } = read(pl.DataFrame([series]), 'x', 'text');
    if (column?.type !== 'text') throw new Error('text was wanted');
    expect(Array.from(column.codes, (code) => column.values[code])).toEqual(expected);
  });

  test('text where a number or timestamp belongs makes its row unreadable, with the reason', () => {
    const frame = pl.DataFrame({ x: ['1', 'far', null, 'far'] });
    expect(read(frame, 'x', 'number').unreadable).toEqual([
      [1, 'column "x" holds "far", expected a number'],
      [3, 'column "x" holds "far", expected a number'],
    ]);
    expect(read(frame, 'x', 'timestamp').unreadable[0]).toEqual([
      0,
      'column "x" holds "1", expected a timestamp (ISO 8601)',
    ]);
  });

  test('takes the given rows of a file', () => {
    const frame = pl.DataFrame({ x: [0, 1, 2, 3, 4] });
    const rows = decodeParquet(frame.writeParquet(), [{ name: 'x', type: 'number' }], {
      skip: 1,
      rows: 3,
      textColumns: ['x'],
    });
    expect(rows.batch.columns.get('x')).toEqual({ type: 'number', values: Float64Array.from([1, 2, 3]) });
  });

  test('bytes that are no Parquet, and columns that are no numbers, say so', () => {
    const noRows = { skip: 0, rows: 0, textColumns: [] };
    expect(() => decodeParquet(Buffer.from('PAR1 not PAR1'), [], noRows)).toThrow(
      'the Parquet file cannot be read',
    );
    const lists = pl.DataFrame({ x: [[1, 2], [3]] });
    expect(() => read(lists, 'x', 'number')).toThrow('column "x" cannot be read');
  });
});

describe('Parquet output', () => {
  const rows = 3_000;
  const frame = pl.DataFrame([
    pl.Series(
      'id',
      Array.from({ length: rows }, (_, i) => i),
      pl.Int64,
    ),
    pl.Series(
      'list',
      Array.from({ length: rows }, (_, i) => [i]),
    ),
  ]);
  const modelOfRow = Int32Array.from({ length: rows }, (_, i) => (i % 11 === 0 ? -1 : (i * 7) % 3));
  const scored: ScoredBatch = {
    predictions: [
      { name: 'y', datatype: 'FP32', values: Float32Array.from({ length: rows }, (_, i) => i / 2) },
      { name: 'n', datatype: 'INT64', values: BigInt64Array.from({ length: rows }, (_, i) => BigInt(i)) },
      { name: 'label', datatype: 'BYTES', values: Array.from({ length: rows }, (_, i) => `l${i}`) },
    ],
    models: [modelVersion('a', '1'), modelVersion('b', '2'), modelVersion('c', '3')],
    modelOfRow,
    rejected: new Map([
      [5, 'x'],
      [4, 'a "quoted", reason'],
    ]),
  };

  test('keeps the input columns and puts predictions, model and version beside them, row by row', () => {
    const out = toFrame(decode(frame, []).encodeOutput(scored, layout));
    expect(out.columns).toEqual(['id', 'list', 'y', 'n', 'label', 'model', 'version']);
    expect(out.height).toBe(rows - 2);
    const names = ['a', 'b', 'c'];
    out.toRecords().forEach((record) => {
      const id = Number(record['id']);
      const model = modelOfRow[id] ?? -1;
      expect([record['y'], record['n'], record['label'], record['model'], record['version']]).toEqual(
        model < 0 ? [null, null, null, null, null] : [id / 2, id, `l${id}`, names[model], String(model + 1)],
      );
    });
  });

  test('the same rows give the same bytes', () => {
    const once = (): Buffer => decode(frame, []).encodeOutput(scored, layout).body;
    expect(once().equals(once())).toBe(true);
  });

  test('CSV leaves out what CSV cannot hold', () => {
    const { body } = decode(frame, [], ['id']).encodeOutput(scored, { ...layout, format: 'csv' });
    expect(body.toString().split('\n').slice(0, 3)).toEqual(['0,,,,,', '1,0.5,1,l1,b,2', '2,1.0,2,l2,c,3']);
  });

  test('rejected rows come in order, with blob, row number and reason', () => {
    const text = decode(frame, [], ['id']).encodeRejects(scored, { blobPath: 'e/x.parquet', firstRow: 101 });
    expect(text.toString()).toBe('e/x.parquet,105,"a ""quoted"", reason",4\ne/x.parquet,106,x,5\n');
  });
});
