/**
 * Every failure a caller can act on: its HTTP status and title in one table.
 * A code is public API; docs/reference/errors.md is checked against this table.
 */
export const ERRORS = {
  'invalid-payload': { status: 400, title: 'The request body could not be read' },
  'invalid-parameter': { status: 400, title: 'A parameter of the request is not valid' },
  'signature-mismatch': { status: 400, title: 'The request does not fit the model signature' },
  'not-found': { status: 404, title: 'No such resource' },
  'model-not-found': { status: 404, title: 'No such model version' },
  'endpoint-not-found': { status: 404, title: 'No such endpoint' },
  'job-not-found': { status: 404, title: 'No such scoring job' },
  'method-not-allowed': { status: 405, title: 'The resource does not answer this method' },
  'etag-conflict': { status: 409, title: 'The resource changed since it was read' },
  'payload-too-large': { status: 413, title: 'The request body is over the limit' },
  'unsupported-media-type': { status: 415, title: 'The body comes in an encoding that is not served' },
  'invalid-model': { status: 422, title: 'The model cannot be served' },
  'invalid-document': { status: 422, title: 'The document is not valid' },
  'invalid-input': { status: 422, title: 'The input of the scoring job cannot be read' },
  'too-many-rejects': { status: 422, title: 'The scoring job rejected more rows than its error threshold' },
  overloaded: { status: 429, title: 'The scoring queue is full' },
  'inference-failed': { status: 500, title: 'The model failed to run' },
  'not-implemented': { status: 501, title: 'This feature is not served' },
  misconfigured: { status: 503, title: 'The server is not configured' },
  'model-unavailable': { status: 503, title: 'The model is not ready' },
  'storage-unavailable': { status: 503, title: 'Storage does not answer' },
  'deadline-exceeded': { status: 504, title: 'The request ran past its deadline' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** One thing wrong with a request: where (a JSON pointer, RFC 6901), what was expected, what came. */
export interface Violation {
  readonly pointer: string;
  readonly expected: string;
  readonly received: string;
}

export interface ServingErrorOptions extends ErrorOptions {
  /** Every problem of the request, so that a caller mends it in one round trip. */
  readonly violations?: readonly Violation[];
  /** Seconds after which a retry makes sense; answered as `Retry-After`. */
  readonly retryAfterSeconds?: number;
}

/** The only error class that domain code throws on purpose; anything else is a bug. */
export class ServingError extends Error {
  override readonly name = 'ServingError';
  readonly code: ErrorCode;
  readonly violations: readonly Violation[];
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, detail: string, options: ServingErrorOptions = {}) {
    super(detail, options);
    this.code = code;
    this.violations = options.violations ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
