import { type IncomingMessage } from 'node:http';
import { type Answer } from './answer';
import { type RequestBody } from './request-body';
import { type RouteValues } from './route-template';

/**
 * One way of calling an HTTP function: the light one or the library's. Rejects with whatever the handler threw,
 * which the host answers with an empty 500.
 */
export type HttpCall = (message: IncomingMessage, values: RouteValues, body: RequestBody) => Promise<Answer>;
