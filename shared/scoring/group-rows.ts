import type { TextColumn } from '../features/column-values';

/** Above this many possible key combinations a hash map stands in for the table: 4 Mi entries are 16 MiB. */
const MAX_TABLE_ENTRIES = 4 * 1024 * 1024;

/** Rows that share one combination of key values form a group; groups are numbered by first appearance. */
export interface KeyGroups {
  readonly groupOfRow: Int32Array;
  /** A row of each group, from which its key values can be read. */
  readonly firstRow: readonly number[];
}

/** Groups rows by dictionary codes, one key column after the other. No columns: all rows are one group. */
export function groupByKeys(columns: readonly TextColumn[], rows: number): KeyGroups {
  let groupOfRow = new Int32Array(rows);
  let firstRow = rows === 0 ? [] : [0];
  for (const { codes, values } of columns) {
    const radix = values.length + 1; // code −1, a missing key, is a value of its own
    const groupOf = groupTable(firstRow.length * radix);
    const next = new Int32Array(rows);
    const nextFirst: number[] = [];
    for (let row = 0; row < rows; row++) {
      const combination = (groupOfRow[row] ?? 0) * radix + (codes[row] ?? -1) + 1;
      let group = groupOf.get(combination);
      if (group === undefined) {
        group = nextFirst.push(row) - 1;
        groupOf.set(combination, group);
      }
      next[row] = group;
    }
    groupOfRow = next;
    firstRow = nextFirst;
  }
  return { groupOfRow, firstRow };
}

interface GroupTable {
  get(combination: number): number | undefined;
  set(combination: number, group: number): unknown;
}

function groupTable(entries: number): GroupTable {
  if (entries > MAX_TABLE_ENTRIES) return new Map<number, number>();
  const table = new Int32Array(entries); // group + 1
  return {
    get: (combination) => {
      const found = table[combination] ?? 0;
      return found === 0 ? undefined : found - 1;
    },
    set: (combination, group) => (table[combination] = group + 1),
  };
}

/** Rows in the order of their bucket, stable; rows of bucket −1 are left out. */
export interface SortedRows {
  readonly order: Int32Array;
  /** Where each bucket starts in `order`; one more element holds the end. */
  readonly starts: Int32Array;
}

/** Counting sort: two passes over the rows whatever the number of buckets. */
export function sortByBucket(bucketOfRow: Int32Array, buckets: number): SortedRows {
  const starts = new Int32Array(buckets + 1);
  for (const bucket of bucketOfRow) {
    if (bucket >= 0) starts[bucket + 1] = (starts[bucket + 1] ?? 0) + 1;
  }
  for (let bucket = 0; bucket < buckets; bucket++) {
    starts[bucket + 1] = (starts[bucket + 1] ?? 0) + (starts[bucket] ?? 0);
  }
  const order = new Int32Array(starts[buckets] ?? 0);
  const next = starts.slice();
  for (let row = 0; row < bucketOfRow.length; row++) {
    const bucket = bucketOfRow[row] ?? -1;
    if (bucket < 0) continue;
    const at = next[bucket] ?? 0;
    order[at] = row;
    next[bucket] = at + 1;
  }
  return { order, starts };
}
