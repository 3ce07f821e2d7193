import type { Problem } from '../problem';

/** An answer as MLflow's server gives it. */
export interface MlflowErrorAnswer {
  readonly status: number;
  readonly contentType: 'application/json' | 'text/plain';
  readonly body: string;
}

const NAMES: Readonly<Record<Problem['code'], string>> = {
  'invalid-payload': 'BAD_REQUEST',
  'invalid-parameter': 'INVALID_PARAMETER_VALUE',
  'signature-mismatch': 'BAD_REQUEST',
  'not-found': 'ENDPOINT_NOT_FOUND',
  'model-not-found': 'RESOURCE_DOES_NOT_EXIST',
  'endpoint-not-found': 'RESOURCE_DOES_NOT_EXIST',
  'job-not-found': 'RESOURCE_DOES_NOT_EXIST',
  'method-not-allowed': 'BAD_REQUEST',
  'etag-conflict': 'RESOURCE_CONFLICT',
  'payload-too-large': 'BAD_REQUEST',
  'unsupported-media-type': 'BAD_REQUEST',
  'invalid-model': 'INVALID_PARAMETER_VALUE',
  'invalid-document': 'INVALID_PARAMETER_VALUE',
  'invalid-input': 'INVALID_PARAMETER_VALUE',
  'too-many-rejects': 'INVALID_PARAMETER_VALUE',
  overloaded: 'RESOURCE_EXHAUSTED',
  'inference-failed': 'INTERNAL_ERROR',
  'not-implemented': 'NOT_IMPLEMENTED',
  misconfigured: 'TEMPORARILY_UNAVAILABLE',
  'model-unavailable': 'TEMPORARILY_UNAVAILABLE',
  'storage-unavailable': 'TEMPORARILY_UNAVAILABLE',
  'deadline-exceeded': 'DEADLINE_EXCEEDED',
  'internal-error': 'INTERNAL_ERROR',
};

/** A problem in MLflow's shape: JSON of `error_code` and `message`; plain text for 415 and 504, as MLflow has it. */
export function mlflowError({ code, status, detail }: Problem): MlflowErrorAnswer {
  if (status === 415 || status === 504) return { status, contentType: 'text/plain', body: detail };
  const body = JSON.stringify({ error_code: NAMES[code], message: detail });
  return { status, contentType: 'application/json', body };
}
