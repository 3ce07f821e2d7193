import { type ErrorCode, ERRORS, ServingError, type Violation } from '../errors';

/** Problem details (RFC 9457) with the members that this API adds. */
export interface Problem {
  /** `urn:polyscore:error:{code}`; docs/reference/errors.md lists the codes. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** `urn:polyscore:request:{request id}`: what to quote when reporting the problem. */
  readonly instance: string;
  readonly code: ErrorCode | 'internal-error';
  readonly violations?: readonly Violation[];
  /** Seconds; also sent as `Retry-After`. */
  readonly retryAfterSeconds?: number;
}

/**
 * What a caller may see of any thrown value. One that is no {@link ServingError} is a bug: its message stays in the
 * logs and the caller gets a bare 500 with the request id.
 */
export function toProblem(thrown: unknown, requestId: string): Problem {
  const instance = `urn:polyscore:request:${requestId}`;
  if (!(thrown instanceof ServingError)) {
    return {
      type: 'urn:polyscore:error:internal-error',
      title: 'Unexpected error',
      status: 500,
      detail: `Unexpected error; quote the request id ${requestId} when reporting it`,
      instance,
      code: 'internal-error',
    };
  }
  const { code, violations, retryAfterSeconds } = thrown;
  const { status, title } = ERRORS[code];
  return {
    type: `urn:polyscore:error:${code}`,
    title,
    status,
    detail: thrown.message,
    instance,
    code,
    ...(violations.length > 0 && { violations }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  };
}
