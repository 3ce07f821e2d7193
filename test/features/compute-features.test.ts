import { computeFeatures } from '../../shared/features/compute-features';
import {
  featureSetSchema,
  featureWidth,
  type CalendarPart,
  type ColumnValues,
  type Feature,
  type FeatureSet,
} from '../../shared/features/feature-set';

const DAY_MS = 86_400_000;

/** What the feature set says, read word by word: one Date a row, no tables. */
function naive(
  set: FeatureSet,
  columns: Record<string, (number | string | undefined)[]>,
  row: number,
): number[] {
  return set.features.flatMap((feature: Feature) => {
    const value = columns[feature.column]?.[row];
    switch (feature.kind) {
      case 'number':
        return [value === undefined ? NaN : (Number(value) - feature.offset) / feature.scale];
      case 'one-hot':
        return feature.values.map((wanted) => (value === wanted ? 1 : 0));
      case 'calendar-one-hot':
        return feature.values.map((wanted) =>
          value === undefined ? NaN : Math.floor(datePart(Number(value), feature.part)) === wanted ? 1 : 0,
        );
      case 'calendar-cyclic':
        return Array.from({ length: feature.harmonics }, (_, i) => {
          if (value === undefined) return [NaN, NaN];
          const angle = (2 * Math.PI * (i + 1) * datePart(Number(value), feature.part)) / feature.period;
          return [Math.sin(angle), Math.cos(angle)];
        }).flat();
    }
  });
}

function datePart(ms: number, part: CalendarPart): number {
  const date = new Date(ms);
  switch (part) {
    case 'hour':
      return date.getUTCHours() + date.getUTCMinutes() / 60;
    case 'weekday':
      return date.getUTCDay();
    case 'month':
      return date.getUTCMonth() + 1;
    case 'day-of-month':
      return date.getUTCDate();
    case 'day-of-year':
      return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY_MS) + 1;
  }
}

/** A small deterministic generator (mulberry32), so that a failure can be seen again. */
function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const set = featureSetSchema.parse({
  input: 'x',
  columns: [
    { name: 'when', type: 'timestamp' },
    { name: 'distance', type: 'number' },
    { name: 'carrier', type: 'text' },
  ],
  features: [
    { kind: 'number', column: 'distance', offset: 500, scale: 250 },
    { kind: 'calendar-one-hot', column: 'when', part: 'hour', values: [0, 6, 12, 23] },
    { kind: 'calendar-one-hot', column: 'when', part: 'weekday', values: [0, 1, 2, 3, 4, 5, 6] },
    { kind: 'calendar-one-hot', column: 'when', part: 'month', values: [1, 2, 12] },
    { kind: 'calendar-one-hot', column: 'when', part: 'day-of-month', values: [1, 29, 31] },
    { kind: 'calendar-one-hot', column: 'when', part: 'day-of-year', values: [1, 60, 365, 366] },
    { kind: 'calendar-cyclic', column: 'when', part: 'hour', period: 24, harmonics: 3 },
    { kind: 'calendar-cyclic', column: 'when', part: 'day-of-year', period: 365.25, harmonics: 2 },
    { kind: 'calendar-cyclic', column: 'when', part: 'weekday', period: 7, harmonics: 1 },
    { kind: 'one-hot', column: 'carrier', values: ['AA', 'UA', 'ZZ'] },
  ],
});

function text(values: (string | undefined)[]): ColumnValues {
  const dictionary = [...new Set(values)].filter((value) => value !== undefined);
  const codes = Int32Array.from(values, (value) => (value === undefined ? -1 : dictionary.indexOf(value)));
  return { type: 'text', codes, values: dictionary };
}

describe('computeFeatures', () => {
  const next = random(7);
  const rows = 3_000;
  const when = Array.from({ length: rows }, (_, i) =>
    i % 97 === 0 ? undefined : Math.floor((next() - 0.3) * 200 * 365 * DAY_MS),
  );
  when[1] = Date.UTC(2000, 1, 29);
  when[2] = Date.UTC(1900, 1, 28, 23, 59, 59, 999);
  when[3] = Date.UTC(2004, 11, 31, 23, 59);
  when[4] = -1;
  when[5] = 0;
  const distance = Array.from({ length: rows }, (_, i) => (i % 89 === 0 ? undefined : next() * 3_000));
  const carrier = Array.from({ length: rows }, (_, i) =>
    i % 83 === 0 ? undefined : (['AA', 'UA', 'DL'][i % 3] ?? ''),
  );
  const batch = {
    rows,
    columns: new Map<string, ColumnValues>([
      ['when', { type: 'timestamp', epochMs: Float64Array.from(when, (value) => value ?? NaN) }],
      ['distance', { type: 'number', values: Float64Array.from(distance, (value) => value ?? NaN) }],
      ['carrier', text(carrier)],
    ]),
  };
  const columns = { when, distance, carrier };
  const width = featureWidth(set);

  test('equals a naive computation with one Date a row, before and after 1970', () => {
    const computed = computeFeatures(set, batch);
    expect(computed).toHaveLength(rows * width);
    for (let row = 0; row < rows; row++) {
      const expected = naive(set, columns, row);
      for (let i = 0; i < width; i++) {
        const got = computed[row * width + i] ?? Infinity;
        const want = expected[i] ?? Infinity;
        const agrees = Number.isNaN(want)
          ? Number.isNaN(got)
          : Math.abs(got - want) < 1e-5 * Math.max(1, Math.abs(want));
        if (!agrees)
          throw new Error(`row ${row} (${String(when[row])}) element ${i}: ${got}, expected ${want}`);
      }
    }
  });

  test('computes the given rows only, in the given order', () => {
    const order = Int32Array.from([17, 3, 3, 2_999]);
    const all = computeFeatures(set, batch);
    const some = computeFeatures(set, batch, order);
    order.forEach((row, i) => {
      expect(some.subarray(i * width, (i + 1) * width)).toEqual(all.subarray(row * width, (row + 1) * width));
    });
  });

  test('a text column serves as number and timestamp through its dictionary', () => {
    const asText = {
      rows: 3,
      columns: new Map<string, ColumnValues>([
        ['when', text(['2001-01-01T06:00', 'no date', undefined])],
        ['distance', text(['750', '', 'far'])],
        ['carrier', { type: 'number', values: Float64Array.from([1, NaN, 2]) }],
      ]),
    };
    const [scaled, , isSix] = computeFeatures(set, asText);
    expect([scaled, isSix]).toEqual([1, 1]);
    const computed = computeFeatures(set, asText);
    expect([computed[width], computed[2 * width]]).toEqual([NaN, NaN]);
    expect(computed[width + 1]).toBeNaN();
  });

  test('an absent column is named together with those present', () => {
    const columns = new Map<string, ColumnValues>([['carrier', text(['AA'])]]);
    expect(() => computeFeatures(set, { rows: 1, columns })).toThrow(
      'column "distance" is missing; columns given: carrier',
    );
  });
});
