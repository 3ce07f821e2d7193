import type { HttpRequest, InvocationContext } from '@azure/functions';
import { ServingError } from '../../shared/errors';
import { openInferenceError } from '../../shared/protocol/open-inference/error';
import { type Problem, toProblem } from '../../shared/protocol/problem';
import { services } from '../../shared/services';

/** Whose clients read the errors of a route. */
export type Facade = 'api' | 'open-inference';

export interface Call {
  /** Echoed as `x-ms-request-id`: the caller's own where it sent one. */
  readonly requestId: string;
  /** When the answer must be there, ms since 1970. */
  deadline(): number;
}

export interface HttpReply {
  readonly status?: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

type Handler = (request: HttpRequest, context: InvocationContext) => Promise<HttpReply>;

const REQUEST_ID = 'x-ms-request-id';
const PROBLEM_JSON = 'application/problem+json';

/**
 * Wraps every HTTP trigger: a request id on every answer, a deadline, errors in the facade's shape. The handler it makes
 * never throws: in the host's streaming mode a throw would leave the client without any answer.
 */
export function httpHandler(
  facade: Facade,
  handle: (request: HttpRequest, call: Call) => Promise<HttpReply> | HttpReply,
): Handler {
  return async (request, context) => {
    const requestId = requestIdOf(request, context);
    const started = Date.now();
    const deadline = (): number => started + services().config.requestDeadlineMs;
    try {
      const reply = await handle(request, { requestId, deadline });
      return { ...reply, headers: { ...reply.headers, [REQUEST_ID]: requestId } };
    } catch (thrown) {
      log(context, requestId, thrown);
      return errorReply(facade, request, toProblem(thrown, requestId));
    }
  };
}

/** A JSON answer. */
export function json(value: unknown, headers: HttpReply['headers'] = {}, status = 200): HttpReply {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) };
}

function errorReply(facade: Facade, request: HttpRequest, problem: Problem): HttpReply {
  const { status, retryAfterSeconds } = problem;
  // KServe's client reads an error's text only where the type is exactly application/json.
  const isPlain =
    facade === 'open-inference' && request.headers.get('accept')?.includes(PROBLEM_JSON) !== true;
  return {
    status,
    headers: {
      'content-type': isPlain ? 'application/json' : PROBLEM_JSON,
      [REQUEST_ID]: problem.instance.slice(problem.instance.lastIndexOf(':') + 1),
      ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
    },
    body: JSON.stringify(facade === 'open-inference' ? openInferenceError(problem) : problem),
  };
}

/** A caller's id only where it is safe to echo and to log. */
function requestIdOf(request: HttpRequest, context: InvocationContext): string {
  const sent = request.headers.get(REQUEST_ID);
  return sent !== null && /^[\w.-]{1,128}$/.test(sent) ? sent : context.invocationId;
}

/** Bugs with everything known of them, faults by their text, the caller's own mistakes not at all. No payloads. */
function log(context: InvocationContext, requestId: string, thrown: unknown): void {
  if (!(thrown instanceof ServingError)) context.error(`request ${requestId}:`, thrown);
  else if (toProblem(thrown, requestId).status >= 500)
    context.warn(`request ${requestId}: ${thrown.code}: ${thrown.message}`);
}
