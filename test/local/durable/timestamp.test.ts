import {
  compareTimestamps,
  millisecondsOf,
  plusMilliseconds,
  roundTripFormat,
  timestampOf,
  TimestampSource,
  toSeconds,
} from '../../../local/durable/timestamp';

describe('a timestamp', () => {
  test.each([
    [Date.UTC(2026, 10, 21, 1, 32, 43, 150), 0, '2026-11-21T01:32:43.15Z'],
    [Date.UTC(2026, 10, 21, 1, 32, 43), 0, '2026-11-21T01:32:43Z'],
    [Date.UTC(2026, 10, 21, 1, 32, 43, 7), 60, '2026-11-21T01:32:43.007006Z'],
  ])('of %d ms and %d ticks leaves trailing zeros out: %s', (ms, ticks, text) => {
    expect(timestampOf(ms, ticks)).toBe(text);
  });

  test('keeps its ticks when milliseconds are added', () => {
    expect(plusMilliseconds('2026-11-21T01:32:40.7937719Z', 1000)).toBe('2026-11-21T01:32:41.7937719Z');
    expect(plusMilliseconds('2026-11-21T01:36:47.267548Z', 3 * 86_400_000)).toBe(
      '2026-11-24T01:36:47.267548Z',
    );
  });

  test('is read as whole milliseconds, written with seven decimals, or cut to seconds', () => {
    expect(millisecondsOf('2026-11-21T01:32:40.7937719Z')).toBe(Date.UTC(2026, 10, 21, 1, 32, 40, 793));
    expect(roundTripFormat('2026-11-21T01:32:43.15Z')).toBe('2026-11-21T01:32:43.1500000Z');
    expect(toSeconds('2026-11-21T01:32:43.999Z')).toBe('2026-11-21T01:32:43Z');
  });

  test('is ordered by its ticks too', () => {
    expect(compareTimestamps('2026-11-21T01:32:43.0000001Z', '2026-11-21T01:32:43Z')).toBeGreaterThan(0);
    expect(compareTimestamps('2026-11-21T01:32:42.9Z', '2026-11-21T01:32:43Z')).toBeLessThan(0);
  });

  test('that is none is refused with what was expected', () => {
    expect(() => millisecondsOf('yesterday')).toThrow('Expected a UTC timestamp');
  });
});

describe('TimestampSource', () => {
  test('never repeats itself and never goes back, even when the clock does', () => {
    const times = [1000, 1000, 500, 1001];
    const source = new TimestampSource(() => times.shift() ?? 0);
    const given = [source.next(), source.next(), source.next(), source.next()];
    expect(given).toEqual([timestampOf(1000), timestampOf(1000, 1), timestampOf(1000, 2), timestampOf(1001)]);
  });

  test('goes over to the next millisecond when all ticks of one are used up', () => {
    const source = new TimestampSource(() => 1);
    let last = '';
    for (let count = 0; count <= 10_000; count++) last = source.next();
    expect(last).toBe(timestampOf(2));
  });
});
