import { isTimerCanceled, leavesOf, parseAction } from '../../../local/durable/orchestrator-action';
import { parseAnswer, parseFailure } from '../../../local/durable/orchestrator-turn';
import { parseEntityId } from '../../../local/durable/entity-state';
import { parseEntityAnswer } from '../../../local/durable/task-data';
import { type InvokeFunction } from '../../../local/invocation';
import { closeHubs, openHub } from './hub-harness';

afterEach(closeHubs);

const GHOST = [{ name: 'ghost', triggerType: 'orchestrationTrigger' }];

describe('an orchestrator whose invocation fails', () => {
  test('fails the instance with what was thrown', async () => {
    const hub = openHub({ functions: () => GHOST });
    const status = await hub.waitFor(await hub.start('ghost', {}));
    const output = "Orchestrator function 'ghost' failed: No function named ghost";
    expect(status).toMatchObject({ runtimeStatus: 'Failed', output });
  });

  test.each([
    ['{"isDone":false,"actions":[[{"actionType":99}]]}', 'asked for an action that is not known here'],
    ['{"isDone":false}', 'no list of actions at /actions/0'],
  ])('or with what is wrong with its answer %s', async (json, problem) => {
    const invoke: InvokeFunction = () => Promise.resolve({ returnValue: { json } });
    const hub = openHub({ functions: () => GHOST, invoke });
    const status = await hub.waitFor(await hub.start('ghost', {}));
    expect(status.runtimeStatus).toBe('Failed');
    expect(status.output).toContain(problem);
  });
});

describe('parseAnswer', () => {
  test('reads the state from JSON or from text, and refuses nothing at all', () => {
    const json = '{"isDone":true,"actions":[[]],"output":1,"customStatus":{"a":1}}';
    expect(parseAnswer({ returnValue: { json } })).toEqual(parseAnswer({ returnValue: { string: json } }));
    expect(parseAnswer({ returnValue: { json } })).toMatchObject({
      isDone: true,
      output: 1,
      customStatus: { a: 1 },
    });
    expect(() => parseAnswer({})).toThrow('returned nothing');
  });
});

describe('parseFailure', () => {
  test('finds the state that the SDK hides in the message', () => {
    const error = new Error('false\n\n$OutOfProcData$:{"isDone":false,"actions":[[]],"error":"boom"}');
    expect(parseFailure(error)).toMatchObject({ isDone: false, actions: [], error: 'boom' });
    expect(parseFailure('bare')).toEqual({ isDone: false, actions: [], error: 'bare' });
  });

  test('takes a torn state for a plain failure', () => {
    expect(parseFailure(new Error('$OutOfProcData$:{"isDone'))).toMatchObject({ isDone: false, actions: [] });
  });
});

describe('actions', () => {
  const timer = { actionType: 5, fireAt: '2026-11-21T01:32:43.150Z' };
  const nested = {
    actionType: 12,
    compoundActions: [timer, { actionType: 11, compoundActions: [{ ...timer, isCanceled: true }] }],
  };

  test('are taken apart into leaves, children in order, each with its place', () => {
    expect([...leavesOf(parseAction(nested), [4])].map(({ path }) => path)).toEqual([
      [4, 0],
      [4, 1, 0],
    ]);
  });

  test('show a cancelled timer at its place only', () => {
    expect(isTimerCanceled([nested], [0, 1, 0])).toBe(true);
    expect(isTimerCanceled([nested], [0, 0])).toBe(false);
    expect(isTimerCanceled([nested], [7, 0])).toBe(false);
  });

  test('that are none are refused with the place of the problem', () => {
    expect(() => parseAction({ actionType: 0 })).toThrow('/functionName');
  });
});

describe('what is no entity', () => {
  test('is refused', () => {
    expect(() => parseEntityId('plain')).toThrow('Expected an entity id');
    expect(() => parseEntityAnswer({ returnValue: { json: '{}' } })).toThrow(
      'The entity returned no results',
    );
  });
});
