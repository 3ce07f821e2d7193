import { ServingError } from '../errors';
import type { ModelVersion } from '../registry/catalog';

/** The 503 of a model that cannot be used now, with when to try again where that may help. */
export function modelUnavailable(
  { model, version }: ModelVersion,
  reason: string,
  retryAfterSeconds?: number,
  cause?: unknown,
): ServingError {
  const detail = `Model "${model}" version ${version} is not available: ${reason}`;
  return new ServingError('model-unavailable', detail, {
    cause,
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  });
}

export function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
