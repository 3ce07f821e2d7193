import { registeredFunctions } from '../../local/functions-core';
import '../../functions/get-endpoint';
import '../../functions/get-model';
import '../../functions/health-live';
import '../../functions/health-ready';
import '../../functions/home';
import '../../functions/infer';
import '../../functions/list-endpoints';
import '../../functions/list-models';
import '../../functions/metrics';
import '../../functions/model-metadata';
import '../../functions/model-names';
import '../../functions/model-ready';
import '../../functions/put-endpoint';
import '../../functions/repository-index';
import '../../functions/score-rows';
import '../../functions/server-metadata';

jest.mock('../../shared/services', () => ({ services: () => ({}) }));

test('each function has its route and method, and no two have the same', () => {
  const routes = [...registeredFunctions.values()].map(({ name, trigger }) => {
    const [method] = trigger['methods'] as string[];
    return `${method ?? ''} /${String(trigger['route'])} ${name}`;
  });
  expect(routes.sort()).toEqual([
    'GET /endpoints listEndpoints',
    'GET /endpoints/{endpoint} getEndpoint',
    'GET /metrics metrics',
    'GET /models listModels',
    'GET /models/{model} getModel',
    'GET /v2 serverMetadata',
    'GET /v2/health/live healthLive',
    'GET /v2/health/ready healthReady',
    'GET /v2/models modelNames',
    'GET /v2/models/{model} modelMetadata',
    'GET /v2/models/{model}/ready modelReady',
    'GET /v2/models/{model}/versions/{version} modelMetadataOfVersion',
    'GET /v2/models/{model}/versions/{version}/ready modelReadyOfVersion',
    'GET /{ignored:maxlength(0)?} home',
    'POST /endpoints/{endpoint}/score scoreRows',
    'POST /v2/models/{model}/infer infer',
    'POST /v2/models/{model}/versions/{version}/infer inferVersion',
    'POST /v2/repository/index repositoryIndex',
    'PUT /endpoints/{endpoint} putEndpoint',
  ]);
});
