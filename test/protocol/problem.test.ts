import { ERRORS, ServingError } from '../../shared/errors';
import { toProblem } from '../../shared/protocol/problem';
import { inWords, listed } from '../../shared/protocol/violation-list';

describe('toProblem', () => {
  test('a serving error shows its status, code, text and everything a caller needs to mend it', () => {
    const violations = [{ pointer: '/rows/0/x', expected: 'a number', received: '"far"' }];
    const error = new ServingError('overloaded', 'Too much', { violations, retryAfterSeconds: 3 });
    expect(toProblem(error, 'r-1')).toEqual({
      type: 'urn:polyscore:error:overloaded',
      title: ERRORS.overloaded.title,
      status: 429,
      detail: 'Too much',
      instance: 'urn:polyscore:request:r-1',
      code: 'overloaded',
      violations,
      retryAfterSeconds: 3,
    });
  });

  test.each([[new Error('secret')], ['secret'], [undefined]])('%p shows nothing of itself', (thrown) => {
    const problem = toProblem(thrown, 'r-1');
    expect(problem).toMatchObject({ status: 500, code: 'internal-error' });
    expect(JSON.stringify(problem)).not.toContain('secret');
  });
});

describe('violation lists', () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, n) => ({ pointer: `/${n}`, expected: 'a', received: 'b' }));

  test('a hundred are listed; the last of more counts the rest', () => {
    expect(listed(many(100))).toHaveLength(100);
    expect(listed(many(150))).toHaveLength(100);
    expect(listed(many(150)).at(-1)).toEqual({
      pointer: '',
      expected: 'no further problem',
      received: '51 more problems',
    });
  });

  test('five stand in the text, and how many more there are', () => {
    expect(inWords(many(1))).toBe('/0: expected a, received b');
    expect(inWords(many(7))).toMatch(/^\/0: .*; \/4: expected a, received b; 2 more$/);
    expect(inWords([{ pointer: '', expected: 'x', received: 'y' }])).toBe('/: expected x, received y');
  });
});
