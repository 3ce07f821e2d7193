import { app } from '@azure/functions';
import { SERVER_EXTENSIONS } from '../shared/protocol/open-inference/model-metadata';
import { SERVER_VERSION } from '../shared/protocol/server-version';
import { AUTH_LEVEL } from './support/auth-level';
import { httpHandler, json } from './support/http-handler';

/** `GET /v2`: Open Inference server metadata. */
export const serverMetadata = httpHandler('open-inference', () =>
  json({ name: 'polyscore', version: SERVER_VERSION, extensions: SERVER_EXTENSIONS }),
);

app.http('serverMetadata', { methods: ['GET'], route: 'v2', authLevel: AUTH_LEVEL, handler: serverMetadata });
