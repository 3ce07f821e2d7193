import type { HttpRequest, InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import { httpHandler, type Call, type HttpReply } from './http-handler';

/** An HTTP handler of the own API that talks to orchestrations; its function needs the durable client as extra input. */
export function durableHttpHandler(
  handle: (request: HttpRequest, client: df.DurableClient, call: Call) => Promise<HttpReply>,
) {
  return (request: HttpRequest, context: InvocationContext): Promise<HttpReply> =>
    httpHandler('api', (received, call) => handle(received, df.getClient(context), call))(request, context);
}
