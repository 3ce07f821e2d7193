import * as df from 'durable-functions';
import { InstanceExistsError, UnknownOrchestratorError } from '../../../local/durable/task-hub';
import { closeHubs, openHub, resultOf, until } from './hub-harness';

const gates = new Map<string, () => void>();

df.app.activity('gated', {
  handler: async (input: { gate: string }) => {
    await new Promise<void>((open) => gates.set(input.gate, open));
    return input.gate;
  },
});
df.app.orchestration('waitTwice', function* (context) {
  const first = yield* resultOf<unknown>(context.df.waitForExternalEvent('go'));
  const second = yield* resultOf<unknown>(context.df.waitForExternalEvent('go'));
  return [first, second];
});
df.app.orchestration('talks', function* (context) {
  yield context.df.createTimer(context.df.currentUtcDateTime);
  return 'said';
});
df.app.orchestration('gatedOne', function* (context) {
  const result = yield* resultOf<unknown>(context.df.callActivity('gated', context.df.getInput()));
  return result;
});

afterEach(closeHubs);

describe('TaskHub', () => {
  test('holds a suspended instance still, and delivers what has arrived once it is resumed', async () => {
    const hub = openHub();
    const id = await hub.start('waitTwice', {});
    await hub.suspend(id, 'lunch');
    await until(() => hub.status(id)?.runtimeStatus === 'Suspended');
    expect(hub.status(id)?.output).toBe('lunch');
    await hub.raiseEvent(id, 'go', 1);
    await hub.raiseEvent(id, 'go', 2);
    const other = await hub.start('talks', { length: 1 });
    await hub.waitFor(other);
    expect(hub.status(id)?.runtimeStatus).toBe('Suspended');
    await hub.resume(id, 'back');
    expect((await hub.waitFor(id)).output).toEqual([1, 2]);
  });

  test('terminates an instance at once, suspended or not, and drops what arrives later', async () => {
    const hub = openHub();
    const id = await hub.start('gatedOne', { gate: 'late' });
    await until(() => gates.has('late'));
    await hub.suspend(id, 'wait');
    await until(() => hub.status(id)?.runtimeStatus === 'Suspended');
    expect(await hub.terminate(id, 'enough')).toBe('accepted');
    expect(await hub.waitFor(id)).toMatchObject({ runtimeStatus: 'Terminated', output: 'enough' });
    gates.get('late')?.();
    expect(await hub.terminate(id, 'again')).toBe('finished');
    await hub.close();
    expect(hub.status(id)?.runtimeStatus).toBe('Terminated');
  });

  test('refuses unknown orchestrators and ids that are taken, and reuses the id of a finished instance', async () => {
    const hub = openHub();
    await expect(hub.start('nobody', {})).rejects.toThrow(UnknownOrchestratorError);
    await hub.start('waitTwice', {}, 'one');
    await expect(hub.start('waitTwice', {}, 'one')).rejects.toThrow(InstanceExistsError);
    await hub.terminate('one', 'make room');
    await hub.waitFor('one');
    await hub.start('talks', { length: 1 }, 'one');
    expect(await hub.waitFor('one')).toMatchObject({ name: 'talks', runtimeStatus: 'Completed' });
  });

  test('purges finished instances only', async () => {
    const hub = openHub();
    await hub.start('waitTwice', {}, 'open');
    await hub.waitFor(await hub.start('talks', { length: 1 }, 'done-1'));
    await hub.waitFor(await hub.start('talks', { length: 1 }, 'done-2'));
    expect(await hub.purge({ instanceId: 'open' })).toBe(0);
    expect(await hub.purge({ instanceId: 'done-1' })).toBe(1);
    expect(await hub.purge({ runtimeStatus: ['Completed'] })).toBe(1);
    expect(hub.list().statuses.map((status) => status.instanceId)).toEqual(['open']);
  });

  test('pages through instances in order of their ids', async () => {
    const hub = openHub();
    for (const id of ['c', 'a', 'b']) await hub.start('waitTwice', {}, id);
    const first = hub.list({ top: 2 });
    const rest = hub.list({
      top: 2,
      ...(first.continuationToken && { continuationToken: first.continuationToken }),
    });
    expect(first.statuses.map((status) => status.instanceId)).toEqual(['a', 'b']);
    expect(rest.statuses.map((status) => status.instanceId)).toEqual(['c']);
    expect(rest.continuationToken).toBeUndefined();
    expect(hub.list({ createdTimeTo: new Date(0) }).statuses).toEqual([]);
  });

  test('waits for an instance only as long as it is told to', async () => {
    const hub = openHub();
    const id = await hub.start('waitTwice', {});
    const limit = new AbortController();
    const waiting = hub.waitFor(id, limit.signal);
    limit.abort(new Error('long enough'));
    await expect(waiting).rejects.toThrow('long enough');
    await expect(hub.waitFor('nobody')).rejects.toThrow('No orchestration instance has the id nobody');
  });

  test('closing waits for running activities and starts no further ones; the next start goes on', async () => {
    const hub = openHub({ maxConcurrentActivities: 1 });
    const { folder } = hub.options;
    const first = await hub.start('gatedOne', { gate: 'first' });
    const second = await hub.start('gatedOne', { gate: 'second' });
    await until(() => gates.has('first'));
    const closing = hub.close();
    gates.get('first')?.();
    await closing;
    expect(gates.has('second')).toBe(false);
    await expect(hub.raiseEvent(second, 'go', 1)).rejects.toThrow('not open');
    gates.delete('first');
    const again = openHub({ folder });
    await until(() => gates.has('second'));
    gates.get('second')?.();
    expect((await again.waitFor(first)).output).toBe('first');
    expect((await again.waitFor(second)).output).toBe('second');
    expect(gates.has('first')).toBe(false);
  });

  test('closing gives up on activities that take longer than it is told to wait', async () => {
    const hub = openHub();
    await hub.start('gatedOne', { gate: 'endless' });
    await until(() => gates.has('endless'));
    const began = performance.now();
    await hub.close(20);
    expect(performance.now() - began).toBeLessThan(5000);
    gates.get('endless')?.();
  });
});
