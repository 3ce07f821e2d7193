/** Facts of a scoring call that Azure ML's headers tell. */
export interface ScoreCall {
  readonly requestId: string;
  /** The caller's `x-ms-client-request-id`, if it sent one. */
  readonly clientRequestId: string | undefined;
  readonly deployment: string | undefined;
  /** Time in the model; undefined where it was not run. */
  readonly runMs: number | undefined;
  readonly hasFailed: boolean;
}

const SERVER = 'polyscore';

/** The headers that Azure ML's inference server and front end put on an answer. Names in lower case. */
export function scoreHeaders(call: ScoreCall): Readonly<Record<string, string>> {
  const { requestId, clientRequestId, deployment, runMs, hasFailed } = call;
  const isEchoed = clientRequestId !== undefined && /^[\w-]{1,100}$/.test(clientRequestId);
  return {
    'x-ms-request-id': requestId,
    'x-request-id': requestId,
    ...(isEchoed && { 'x-ms-client-request-id': clientRequestId }),
    'x-ms-run-function-failed': hasFailed ? 'True' : 'False',
    ...(runMs !== undefined && { 'x-ms-run-fn-exec-ms': runMs.toFixed(3) }),
    'x-ms-server-version': SERVER,
    ...(deployment !== undefined && { 'azureml-model-deployment': deployment }),
  };
}
