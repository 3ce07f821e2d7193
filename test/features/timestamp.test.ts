import { numbersOf, textOf, timestampsOf } from '../../shared/features/column-values';
import { parseTimestamp } from '../../shared/features/timestamp';

describe('parseTimestamp', () => {
  test.each([
    ['2001-01-31', '2001-01-31T00:00:00.000Z'],
    ['2001-01-31T23:59', '2001-01-31T23:59:00.000Z'],
    ['2001-01-31 23:59:58', '2001-01-31T23:59:58.000Z'],
    ['2001-01-31 23:59:58.123456', '2001-01-31T23:59:58.123Z'],
    ['2001-01-31T23:59:58.5Z', '2001-01-31T23:59:58.500Z'],
    ['2001-01-31T23:59:58+02:00', '2001-01-31T21:59:58.000Z'],
    ['2001-01-31T23:59-0530', '2001-02-01T05:29:00.000Z'],
    ['1600-02-29', '1600-02-29T00:00:00.000Z'],
    ['0001-01-01', '0001-01-01T00:00:00.000Z'],
  ])('%s is %s', (text, expected) => {
    expect(new Date(parseTimestamp(text)).toISOString()).toBe(expected);
  });

  test.each([
    '',
    'yesterday',
    '2001-02-29',
    '2001-13-01',
    '2001-00-10',
    '2001-04-31',
    '2001-01-31T24:00',
    '2001-01-31T10:60',
    '20010131',
  ])('"%s" is none', (text) => {
    expect(parseTimestamp(text)).toBeNaN();
  });
});

describe('column values', () => {
  test('numbers and timestamps become text with one code a distinct value', () => {
    expect(textOf({ type: 'number', values: Float64Array.from([7, NaN, 7, 1.5]) })).toEqual({
      type: 'text',
      codes: Int32Array.from([0, -1, 0, 1]),
      values: ['7', '1.5'],
    });
    expect(textOf({ type: 'timestamp', epochMs: Float64Array.from([0]) }).values).toEqual([
      '1970-01-01T00:00:00.000Z',
    ]);
  });

  test('numbers stand for epoch milliseconds and back', () => {
    const values = Float64Array.from([5]);
    expect(timestampsOf({ type: 'number', values })).toBe(values);
    expect(numbersOf({ type: 'timestamp', epochMs: values })).toBe(values);
  });
});
