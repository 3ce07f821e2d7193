import { type ErrorCode, ServingError, type Violation } from '../errors';

/** From the pool to a thread. */
export interface TaskMessage {
  readonly id: number;
  readonly task: string;
  readonly input: unknown;
}

/** From a thread to the pool: one for each {@link TaskMessage}. */
export type ReplyMessage =
  | { readonly id: number; readonly status: 'done'; readonly value: unknown }
  | { readonly id: number; readonly status: 'failed'; readonly error: ErrorMessage };

/** An error as structured clone carries it; cloning a ServingError itself would lose its class and members. */
export type ErrorMessage =
  | {
      readonly kind: 'serving';
      readonly code: ErrorCode;
      readonly detail: string;
      readonly violations: readonly Violation[];
      readonly retryAfterSeconds: number | undefined;
    }
  | { readonly kind: 'unexpected'; readonly message: string; readonly stack: string | undefined };

export function encodeError(thrown: unknown): ErrorMessage {
  if (thrown instanceof ServingError) {
    const { code, message: detail, violations, retryAfterSeconds } = thrown;
    return { kind: 'serving', code, detail, violations, retryAfterSeconds };
  }
  if (thrown instanceof Error) return { kind: 'unexpected', message: thrown.message, stack: thrown.stack };
  return { kind: 'unexpected', message: String(thrown), stack: undefined };
}

export function decodeError(message: ErrorMessage): Error {
  if (message.kind === 'serving') {
    const { code, detail, violations, retryAfterSeconds } = message;
    return new ServingError(code, detail, {
      violations,
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    });
  }
  const error = new Error(message.message);
  if (message.stack !== undefined) error.stack = message.stack;
  return error;
}
