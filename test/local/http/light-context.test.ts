import { app, type InvocationContext } from '@azure/functions';
import { type HttpHost, startHttpHost } from '../support/http-host';

/** What a handler can see and do with its context, as plain data. */
function describeContext(context: InvocationContext): unknown {
  for (const level of ['log', 'trace', 'debug', 'info', 'warn', 'error'] as const)
    context[level]('%s said', level);
  context.extraInputs.set('a', 1);
  context.extraOutputs.set('b', 2);
  return {
    hasId: /^[0-9a-f-]{36}$/.test(context.invocationId),
    keepsId: new Set([context.invocationId, context.invocationId]).size === 1,
    functionName: context.functionName,
    triggerMetadata: context.triggerMetadata ?? null,
    retryContext: context.retryContext ?? null,
    trigger: [context.options.trigger.type, context.options.trigger['route']],
    returned: context.options.return?.type,
    extra: [context.options.extraInputs, context.options.extraOutputs],
    values: [
      context.extraInputs.get('a'),
      context.extraOutputs.get('b'),
      context.extraInputs.get('c') ?? null,
    ],
  };
}

beforeAll(() => {
  app.http('context', {
    methods: ['GET'],
    route: 'context',
    handler: (_request, context) => ({ jsonBody: describeContext(context) }),
  });
});

describe.each(['light', 'library'] as const)('the context of an HTTP call, the %s way', (mode) => {
  let host: HttpHost;
  beforeAll(async () => {
    host = await startHttpHost({ mode });
  });
  afterAll(() => host.stop());

  test('it tells the function and its bindings, and has no trigger metadata', async () => {
    expect(await (await fetch(`${host.url}/context`)).json()).toEqual({
      hasId: true,
      keepsId: true,
      functionName: 'context',
      triggerMetadata: null,
      retryContext: null,
      trigger: ['httpTrigger', 'context'],
      returned: 'http',
      extra: [[], []],
      values: [1, 2, null],
    });
  });

  test('its log calls reach the log at their levels', async () => {
    await fetch(`${host.url}/context`);
    const own = host.lines.filter((line) => line.includes('context: ')).slice(-6);
    const levels = own.map((line) => line.slice(25).split(/\s+/, 1)[0]);
    expect(levels).toEqual(['info', 'debug', 'debug', 'info', 'warn', 'error']);
    expect(own[0]).toContain('context: log said');
  });
});
