import { groupByKeys } from '../../shared/scoring/group-rows';

describe('groupByKeys', () => {
  test('more combinations than a table holds are grouped by a hash map, with the same groups', () => {
    const rows = 5_000;
    const codes = (step: number): Int32Array =>
      Int32Array.from({ length: rows }, (_, i) => (i * step) % 3_000);
    const values = Array.from({ length: 3_000 }, (_, i) => String(i));
    const columns = [7, 11].map((step) => ({ type: 'text' as const, codes: codes(step), values }));
    const { groupOfRow, firstRow } = groupByKeys(columns, rows);
    const tuples = new Map<string, number>();
    const expected = Array.from({ length: rows }, (_, row) => {
      const tuple = columns.map((column) => column.codes[row]).join();
      if (!tuples.has(tuple)) tuples.set(tuple, tuples.size);
      return tuples.get(tuple);
    });
    expect([...groupOfRow]).toEqual(expected);
    expect(firstRow).toHaveLength(tuples.size);
  });
});
