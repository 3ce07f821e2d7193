import * as df from 'durable-functions';
import { EventType } from '../../../local/durable/history-event';
import { closeHubs, openHub, until, resultOf } from './hub-harness';

let running = 0;
let mostRunning = 0;
const calls: unknown[] = [];

df.app.activity('double', { handler: (input: { n: number }) => input.n * 2 });
df.app.activity('note', {
  handler: (input: unknown) => {
    calls.push(input);
    return null;
  },
});
df.app.activity('fail', {
  handler: (input: { text: string }) => {
    calls.push(input);
    throw new Error(input.text);
  },
});
df.app.activity('slow', {
  handler: async () => {
    running += 1;
    mostRunning = Math.max(mostRunning, running);
    await new Promise((resolve) => setTimeout(resolve, 5));
    running -= 1;
  },
});
df.app.orchestration('waitTwice', function* (context) {
  const first = yield* resultOf<unknown>(context.df.waitForExternalEvent('go'));
  context.df.setCustomStatus({ first });
  const second = yield* resultOf<unknown>(context.df.waitForExternalEvent('go'));
  return [first, second];
});
df.app.orchestration('crowd', function* (context) {
  yield context.df.Task.all(Array.from({ length: 20 }, () => context.df.callActivity('slow', {})));
});
df.app.orchestration('retrying', function* (context) {
  const policy = context.df.getInput<{ attempts: number; timeoutMs?: number }>();
  const options = new df.RetryOptions(5, policy.attempts);
  if (policy.timeoutMs !== undefined) options.retryTimeoutInMilliseconds = policy.timeoutMs;
  try {
    yield context.df.callActivityWithRetry('fail', options, { text: 'again' });
    return 'done';
  } catch (error) {
    return error instanceof Error ? error.message.split('\n')[0] : error;
  }
});
df.app.orchestration('anyThenMore', function* (context) {
  const retried = context.df.callActivityWithRetry('fail', new df.RetryOptions(1, 2), { text: 'x' });
  const doubled = context.df.callActivity('double', { n: 1 });
  yield context.df.Task.any([retried, doubled]);
  const later = yield* resultOf<number>(context.df.callActivity('double', { n: 21 }));
  let failure = '';
  try {
    yield retried;
  } catch (error) {
    failure = error instanceof Error ? 'failed' : 'odd';
  }
  return { later, failure };
});
df.app.orchestration('parent', function* (context) {
  const results = yield* resultOf<unknown[]>(
    context.df.Task.all(
      [1, 2, 3].map((n) =>
        context.df.callSubOrchestrator('child', { n }, `${context.df.instanceId}:part ${n}`),
      ),
    ),
  );
  return results;
});
df.app.orchestration('child', function* (context) {
  const { n } = context.df.getInput<{ n: number }>();
  if (n < 0) throw new Error('negative');
  const doubled = yield* resultOf<number>(context.df.callActivity('double', { n }));
  return doubled;
});
df.app.orchestration('failingParent', function* (context) {
  const result = yield* resultOf<unknown>(context.df.callSubOrchestrator('child', { n: -1 }));
  return result;
});
df.app.orchestration('takesTakenId', function* (context) {
  try {
    yield context.df.callSubOrchestrator('child', { n: 1 }, 'taken');
    return 'ran';
  } catch (error) {
    return error instanceof Error ? error.message : error;
  }
});
df.app.orchestration('counting', function* (context) {
  const { round, seen } = context.df.getInput<{ round: number; seen: unknown[] }>();
  const event = yield* resultOf<unknown>(context.df.waitForExternalEvent('tick'));
  if (round < 2) context.df.continueAsNew({ round: round + 1, seen: [...seen, event] });
  return [...seen, event];
});
df.app.orchestration('callsUnknown', function* (context) {
  yield context.df.callActivity('nobody', {});
});
df.app.orchestration('talks', function* (context) {
  context.df.setCustomStatus('x'.repeat(context.df.getInput<{ length: number }>().length));
  yield context.df.callActivity('note', 'talked');
  return 'said';
});
df.app.orchestration('uncancelled', function* (context) {
  const timer = context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + 60));
  yield context.df.Task.any([timer, context.df.callActivity('double', { n: 1 })]);
  return context.df.currentUtcDateTime.getTime();
});

beforeEach(() => {
  calls.length = 0;
});
afterEach(closeHubs);

describe('TaskHub', () => {
  test('delivers events in order, keeps early ones, and shows the custom status', async () => {
    const hub = openHub();
    const id = await hub.start('waitTwice', {});
    expect(await hub.raiseEvent(id, 'go', 1)).toBe('accepted');
    await until(() => hub.status(id)?.customStatus !== null);
    expect(hub.status(id)).toMatchObject({
      runtimeStatus: 'Running',
      customStatus: { first: 1 },
      output: null,
    });
    await hub.raiseEvent(id, 'go', { two: 2 });
    expect((await hub.waitFor(id)).output).toEqual([1, { two: 2 }]);
    expect(await hub.raiseEvent(id, 'go', 3)).toBe('finished');
    expect(await hub.raiseEvent('nobody', 'go', 3)).toBe('not-found');
  });

  test('never runs more activities at once than allowed', async () => {
    const hub = openHub({ maxConcurrentActivities: 3 });
    mostRunning = 0;
    await hub.waitFor(await hub.start('crowd', {}));
    expect(mostRunning).toBe(3);
  });

  test('runs a failing activity as often as its policy says, then lets the call fail', async () => {
    const hub = openHub();
    const id = await hub.start('retrying', { attempts: 3 });
    expect((await hub.waitFor(id)).output).toBe("Activity function 'fail' failed:  again ");
    expect(calls).toHaveLength(3);
    const history = await hub.history(id);
    expect(history.filter((event) => event.EventType === EventType.TimerFired)).toHaveLength(3);
    expect(history.filter((event) => event.EventId >= 0).map((event) => event.EventId)).toEqual([
      0, 1, 2, 3, 4, 5, 6,
    ]);
  });

  test('ends a call whose retry timeout has passed, without running it again', async () => {
    const hub = openHub();
    const id = await hub.start('retrying', { attempts: 4, timeoutMs: 0 });
    expect((await hub.waitFor(id)).output).toBe("Activity function 'fail' failed:  again ");
    expect(calls).toHaveLength(1);
  });

  test('numbers retries and what is yielded meanwhile as the SDK does', async () => {
    const hub = openHub();
    const status = await hub.waitFor(await hub.start('anyThenMore', {}));
    expect(status.output).toEqual({ later: 42, failure: 'failed' });
  });

  test('runs sub-orchestrations under chosen ids and hands their results back', async () => {
    const hub = openHub();
    const id = await hub.start('parent', {}, 'family');
    expect((await hub.waitFor(id)).output).toEqual([2, 4, 6]);
    expect(hub.list({ instanceIdPrefix: 'family:' }).statuses.map((status) => status.instanceId)).toEqual([
      'family:part 1',
      'family:part 2',
      'family:part 3',
    ]);
  });

  test('fails the parent of a sub-orchestration that fails, with its reason', async () => {
    const hub = openHub();
    const status = await hub.waitFor(await hub.start('failingParent', {}));
    expect(status.runtimeStatus).toBe('Failed');
    expect(String(status.output)).toMatch(
      /^Orchestrator function 'failingParent' failed: Orchestrator function 'child' failed: negative/,
    );
  });

  test('fails a sub-orchestration whose id belongs to an instance that runs', async () => {
    const hub = openHub();
    await hub.start('waitTwice', {}, 'taken');
    const status = await hub.waitFor(await hub.start('takesTakenId', {}));
    expect(String(status.output)).toMatch(
      /^An Orchestration instance with the status (Pending|Running) already exists/,
    );
  });

  test('continues as new with the new input and keeps events that have not been delivered', async () => {
    const hub = openHub();
    const id = await hub.start('counting', { round: 0, seen: [] });
    for (const tick of ['a', 'b', 'c']) {
      await hub.raiseEvent(id, 'tick', tick);
      const round = ['a', 'b', 'c'].indexOf(tick) + 1;
      await until(() => JSON.stringify(hub.status(id)?.input).includes(`"round":${Math.min(round, 2)}`));
    }
    const status = await hub.waitFor(id);
    expect(status.output).toEqual(['a', 'b', 'c']);
    expect(status.input).toEqual({ round: 2, seen: ['a', 'b'] });
  });

  test('fails an orchestration that calls an activity nobody has registered', async () => {
    const hub = openHub();
    const status = await hub.waitFor(await hub.start('callsUnknown', {}));
    expect(status.runtimeStatus).toBe('Failed');
    expect(String(status.output)).toContain("The function 'nobody' doesn't exist");
    expect(String(status.output)).toContain("'double'");
  });

  test('takes a custom status of 16 KB and fails the orchestration on a longer one', async () => {
    const hub = openHub();
    const fits = await hub.waitFor(await hub.start('talks', { length: 8 * 1024 - 2 }));
    expect(fits).toMatchObject({ runtimeStatus: 'Completed', output: 'said' });
    const over = await hub.waitFor(await hub.start('talks', { length: 8 * 1024 - 1 }));
    expect(over.runtimeStatus).toBe('Failed');
    expect(String(over.output)).toContain('must not exceed 16 KB');
    expect(calls).toEqual(['talked']);
  });

  test('ends an orchestration only when its last open timer has fired, like the extension', async () => {
    const hub = openHub();
    const id = await hub.start('uncancelled', {});
    const status = await hub.waitFor(id);
    const fired = (await hub.history(id)).find((event) => event.EventType === EventType.TimerFired);
    expect(fired).toBeDefined();
    expect(status.output).toBeLessThan(Date.parse(fired?.Timestamp ?? ''));
  });
});
