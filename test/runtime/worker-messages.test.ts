import { ServingError } from '../../shared/errors';
import { decodeError, encodeError } from '../../shared/runtime/worker-messages';

/** What structured clone leaves of a value. */
const throughThread = (thrown: unknown) => decodeError(structuredClone(encodeError(thrown)));

describe('errors between threads', () => {
  test('a ServingError keeps its class, code, violations and retry time', () => {
    const violations = [{ pointer: '/a', expected: 'b', received: 'c' }];
    const error = new ServingError('overloaded', 'full', { violations, retryAfterSeconds: 2 });
    const received = throughThread(error);
    expect(received).toBeInstanceOf(ServingError);
    expect(received).toMatchObject({ code: 'overloaded', message: 'full', violations, retryAfterSeconds: 2 });
    expect(throughThread(new ServingError('not-found', 'x'))).toMatchObject({ retryAfterSeconds: undefined });
  });

  test('any other error keeps its text and the stack of its own thread', () => {
    const error = new TypeError('a bug');
    const received = throughThread(error);
    expect([received.message, received.stack]).toEqual(['a bug', error.stack]);
    expect(received).not.toBeInstanceOf(ServingError);
    expect(throughThread('just text').message).toBe('just text');
  });
});
