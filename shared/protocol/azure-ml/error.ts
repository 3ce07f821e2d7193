import type { Problem } from '../problem';

/** An error as Azure Resource Manager and Azure ML's scoring URIs give it. */
export interface AzureErrorAnswer {
  readonly status: number;
  /** Besides the request ids, which every answer has. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: {
    readonly error: {
      readonly code: string;
      readonly message: string;
      readonly details?: readonly {
        readonly code: string;
        readonly message: string;
        readonly target: string;
      }[];
    };
  };
}

/** Managed endpoints answer 424 where the model failed, with the status it gave, and 408 where it took too long. */
const MODEL_FAILED = 424;
const MODEL_TOO_SLOW = 408;

/**
 * A problem in Azure ML's shape. Its client reads `error.message` of an object; every violation is one of `details`, with
 * its JSON pointer as the target.
 */
export function azureError({ code, status, detail, violations }: Problem): AzureErrorAnswer {
  const details = violations?.map(({ pointer, expected, received }) => ({
    code: 'InvalidValue',
    message: `Expected ${expected}, received ${received}`,
    target: pointer,
  }));
  const body = {
    error: { code: pascalCase(code), message: detail, ...(details !== undefined && { details }) },
  };
  if (code === 'deadline-exceeded') return { status: MODEL_TOO_SLOW, headers: {}, body };
  if (code !== 'inference-failed') return { status, headers: {}, body };
  const headers = {
    'ms-azureml-model-error-statuscode': String(status),
    'ms-azureml-model-error-reason': 'model_error',
  };
  return { status: MODEL_FAILED, headers, body };
}

function pascalCase(code: string): string {
  return code.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
