import { RestError } from '@azure/storage-blob';
import { ServingError } from '../errors';

export type StorageOperation = 'read' | 'write';

/** What a fault of the storage client means to a caller. Values that are not storage faults come back unchanged. */
export function toServingError(fault: unknown, operation: StorageOperation, place: string): unknown {
  if (fault instanceof Error && fault.name === 'AbortError')
    return unavailable('no answer in time', place, fault);
  if (!(fault instanceof RestError)) return fault;

  const status = fault.statusCode;
  const code = errorCode(fault);
  if (status === undefined) return unavailable(code, place, fault);
  if (status === 404 && operation === 'write' && code !== 'ContainerNotFound') {
    return conflict('the blob is not there', place, fault);
  }
  if (status === 404) return new ServingError('not-found', `${place} does not exist`, { cause: fault });
  if (code === 'ContainerBeingDeleted') return unavailable(code, place, fault);
  if (status === 409 || status === 412 || code === 'InvalidBlockList') return conflict(code, place, fault);
  if (status === 401 || status === 403) {
    return unavailable(`storage refused the identity, ${status} ${code}`, place, fault);
  }
  if (status === 408 || status === 429 || status >= 500) {
    return unavailable(`${status} ${code}`, place, fault);
  }
  return fault;
}

/** True where a write failed only because its container has not been made yet. */
export function isMissingContainer(fault: unknown): boolean {
  return fault instanceof RestError && errorCode(fault) === 'ContainerNotFound';
}

export function hasStatus(fault: unknown, status: number): boolean {
  return fault instanceof RestError && fault.statusCode === status;
}

/** Storage's own code; answers without a body (HEAD) carry it in a header. */
function errorCode(fault: RestError): string {
  return fault.code ?? fault.response?.headers.get('x-ms-error-code') ?? 'unknown error';
}

function unavailable(reason: string, place: string, cause: Error): ServingError {
  return new ServingError('storage-unavailable', `${place}: ${reason}`, { cause, retryAfterSeconds: 1 });
}

function conflict(reason: string, place: string, cause: Error): ServingError {
  return new ServingError('etag-conflict', `${place} changed since it was read: ${reason}`, { cause });
}
