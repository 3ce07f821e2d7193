import { freeName, packMiniBatches, type SizedSlice } from '../../shared/batch/job-plan';
import { parseFooter } from '../../shared/batch/parquet/footer';
import { planRowGroups } from '../../shared/batch/parquet/plan-parquet';

const limits = { maxRows: 100, maxBytes: 1_000 };

function group(input: number, from: number, firstRow: number, rows: number): SizedSlice {
  return { slice: { kind: 'row-groups', input, firstRow, rows, from, to: from + 1, skip: 0 }, sizeBytes: 10 };
}

function bytes(input: number, rows: number, sizeBytes: number): SizedSlice {
  return { slice: { kind: 'bytes', input, firstRow: 1, rows, start: 0, end: sizeBytes }, sizeBytes };
}

describe('packMiniBatches', () => {
  test('neighbouring row groups of a blob become one slice, up to the row limit', () => {
    const plan = packMiniBatches([group(0, 0, 1, 60), group(0, 1, 61, 40), group(0, 2, 101, 50)], limits);
    expect(plan.map(({ rows, slices }) => [rows, slices])).toEqual([
      [100, [{ kind: 'row-groups', input: 0, firstRow: 1, rows: 100, from: 0, to: 2, skip: 0 }]],
      [50, [{ kind: 'row-groups', input: 0, firstRow: 101, rows: 50, from: 2, to: 3, skip: 0 }]],
    ]);
  });

  test('small blobs share a mini-batch, each with a slice of its own', () => {
    const plan = packMiniBatches(
      [bytes(0, 10, 10), bytes(1, 10, 10), bytes(2, 10, 985), bytes(3, 1, 10)],
      limits,
    );
    expect(plan.map(({ slices }) => slices.map(({ input }) => input))).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });

  test('a slice over a limit gets a mini-batch of its own', () => {
    const plan = packMiniBatches([bytes(0, 1, 1), bytes(1, 500, 1), bytes(2, 1, 1)], limits);
    expect(plan.map(({ slices }) => slices.map(({ input }) => input))).toEqual([[0], [1], [2]]);
  });

  test('nothing gives no mini-batch', () => {
    expect(packMiniBatches([], limits)).toEqual([]);
  });
});

describe('planRowGroups', () => {
  const footer = (rows: readonly number[]) => ({
    ...parseFooter(Buffer.from([0])),
    rowGroups: rows.map((count) => ({ rows: count, start: 4, end: 10 })),
  });

  test('a row group with too many rows is cut into equal pieces that read the same bytes', () => {
    const slices = planRowGroups(footer([50, 250, 0]), 3, limits).map(({ slice }) => slice);
    expect(slices).toEqual([
      { kind: 'row-groups', input: 3, firstRow: 1, rows: 50, from: 0, to: 1, skip: 0 },
      { kind: 'row-groups', input: 3, firstRow: 51, rows: 83, from: 1, to: 2, skip: 0 },
      { kind: 'row-groups', input: 3, firstRow: 134, rows: 83, from: 1, to: 2, skip: 83 },
      { kind: 'row-groups', input: 3, firstRow: 217, rows: 84, from: 1, to: 2, skip: 166 },
    ]);
  });

  test('pieces of one row group are never joined again', () => {
    const slices = planRowGroups(footer([90, 120]), 0, limits);
    expect(packMiniBatches(slices, { maxRows: 1_000, maxBytes: 1_000 })[0]?.slices).toHaveLength(2);
  });
});

test('freeName adds the first number that is free', () => {
  expect(freeName('a', new Set())).toBe('a');
  expect(freeName('a', new Set(['a', 'a_2']))).toBe('a_3');
});
