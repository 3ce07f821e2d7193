import { app, type HttpRequest } from '@azure/functions';
import { chooseAnswerEncoding, compressAnswer } from '../shared/protocol/compression';
import { JSON_LENGTH_HEADER } from '../shared/protocol/open-inference/binary-body';
import { encodeInferAnswer, wantsBinary } from '../shared/protocol/open-inference/binary-response';
import { checkInferRequest } from '../shared/protocol/open-inference/check-request';
import { decodeInferRequest } from '../shared/protocol/open-inference/infer-request';
import { services } from '../shared/services';
import { AUTH_LEVEL } from './support/auth-level';
import { httpHandler, type HttpReply } from './support/http-handler';
import { readBody } from './support/request-body';
import { routeValue } from './support/route-value';
import { scoringHeaders } from './support/scoring-headers';

/** Below this, compression costs more than it saves. */
const COMPRESSED_FROM_BYTES = 1_024;

/** `POST /v2/models/{model}[/versions/{version}]/infer`: Open Inference, JSON or binary tensors either way. */
export const infer = httpHandler('open-inference', async (request, call) => {
  const { onlineScorer, config } = services();
  const { model, version } = await onlineScorer.find(routeValue(request, 'model'), request.params['version']);
  const body = await readBody(request, config.requestBodyBytes);
  const sent = decodeInferRequest(body, request.headers.get(JSON_LENGTH_HEADER) ?? undefined);
  const { inputs, outputs } = checkInferRequest(sent, version.signature, model.name);
  const result = await onlineScorer.infer(version, inputs, outputs, call.deadline());
  const answer = encodeInferAnswer({
    id: sent.id ?? call.requestId,
    modelName: model.name,
    modelVersion: version.version,
    outputs: outputs.flatMap((name) => {
      const tensor = result.tensors[name];
      const asked = sent.outputs.find((output) => output.name === name);
      return tensor ? [{ name, tensor, isBinary: wantsBinary(asked?.parameters, sent.parameters) }] : [];
    }),
  });
  return compressed(request, {
    headers: { ...lowerCase(answer.headers), ...scoringHeaders([version], result) },
    body: answer.body,
  });
});

/** Only where the client asks for it, and only this answer: tritonclient's aio inflates nothing else. */
function compressed(request: HttpRequest, reply: HttpReply & { readonly body: Uint8Array }): HttpReply {
  if (reply.body.byteLength < COMPRESSED_FROM_BYTES) return reply;
  const encoding = chooseAnswerEncoding(request.headers.get('accept-encoding') ?? undefined);
  if (!encoding) return reply;
  return {
    headers: { ...reply.headers, 'content-encoding': encoding, vary: 'accept-encoding' },
    body: compressAnswer(reply.body, encoding),
  };
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

const options = { authLevel: AUTH_LEVEL, handler: infer } as const;
app.http('infer', { ...options, methods: ['POST'], route: 'v2/models/{model}/infer' });
app.http('inferVersion', {
  ...options,
  methods: ['POST'],
  route: 'v2/models/{model}/versions/{version}/infer',
});
