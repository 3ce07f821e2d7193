import { parseSchedule } from '../../../local/triggers/schedule';

describe('parseSchedule', () => {
  test.each([
    ['*/5 * * * * *', '2026-11-21T01:32:01Z', '2026-11-21T01:32:05Z'],
    ['*/5 * * * * *', '2026-11-21T01:32:05Z', '2026-11-21T01:32:10Z'],
    ['0 */15 * * * *', '2026-11-21T01:32:00Z', '2026-11-21T01:45:00Z'],
    ['0 30 9 * * 1-5', '2026-11-20T10:00:00Z', '2026-11-23T09:30:00Z'],
    ['30 9 * * *', '2026-11-20T10:00:00Z', '2026-11-21T09:30:00Z'],
    ['0 0 0 13 * 5', '2026-11-21T00:00:00Z', '2027-08-13T00:00:00Z'],
    ['0 0 0 1 Jan *', '2026-11-21T00:00:00Z', '2027-01-01T00:00:00Z'],
    ['01:30:00', '2026-11-21T00:00:00Z', '2026-11-21T01:30:00Z'],
  ])('%s fires after %s at %s', (text, from, expected) => {
    expect(parseSchedule(text).next(new Date(from))).toEqual(new Date(expected));
  });

  test('hours are those of the time zone', () => {
    const next = parseSchedule('0 0 9 * * *', 'Europe/Berlin').next(new Date('2026-07-01T00:00:00Z'));
    expect(next).toEqual(new Date('2026-07-01T07:00:00Z'));
  });

  test.each(['', '* *', '61 * * * * *', '0 0 0 * * * *', 'nonsense', '00:00:00'])(
    '"%s" is refused, with the form that is expected',
    (text) => {
      expect(() => parseSchedule(text)).toThrow(/expected \{second\} \{minute\}/);
    },
  );
});
