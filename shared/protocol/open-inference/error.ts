import type { Problem } from '../problem';

/** A problem for Open Inference clients: they read `error` and nothing else; the rest is RFC 9457. */
export function openInferenceError(problem: Problem): Problem & { readonly error: string } {
  return { error: problem.detail, ...problem };
}
