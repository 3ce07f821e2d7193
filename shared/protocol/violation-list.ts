import type { Violation } from '../errors';

/** Problems that one answer lists; what lies beyond is counted. */
const MOST_LISTED = 100;
const MOST_IN_TEXT = 5;

/** At most 100 violations; the last then says how many more there are. */
export function listed(violations: readonly Violation[]): readonly Violation[] {
  if (violations.length <= MOST_LISTED) return violations;
  const more = violations.length - MOST_LISTED + 1;
  const rest: Violation = { pointer: '', expected: 'no further problem', received: `${more} more problems` };
  return [...violations.slice(0, MOST_LISTED - 1), rest];
}

/** Violations in one line, for clients that show nothing but an error's text. */
export function inWords(violations: readonly Violation[]): string {
  const said = violations
    .slice(0, MOST_IN_TEXT)
    .map(
      ({ pointer, expected, received }) => `${pointer || '/'}: expected ${expected}, received ${received}`,
    );
  const more = violations.length - said.length;
  return [...said, ...(more > 0 ? [`${more} more`] : [])].join('; ');
}
