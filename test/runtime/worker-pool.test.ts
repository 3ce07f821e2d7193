import path from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { ServingError } from '../../shared/errors';
import { serveWorkerTasks } from '../../shared/runtime/serve-worker-tasks';
import { WorkerPool, type WorkerPoolOptions } from '../../shared/runtime/worker-pool';

const entry = path.join(__dirname, 'pool-entry.cjs');
const pools: WorkerPool[] = [];
afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.close())));

function poolOf(options: Partial<WorkerPoolOptions> = {}): WorkerPool {
  const pool = new WorkerPool({ entry, size: 1, closeMs: 20, ...options });
  pools.push(pool);
  return pool;
}

describe('WorkerPool', () => {
  test('a task runs on a thread and answers what structured clone can carry', async () => {
    const pool = poolOf();
    const value = { big: 9007199254740993n, list: [1, 'two'], floats: Float32Array.of(1, 2) };
    expect(await pool.run('echo', value)).toEqual(value);
    expect(await pool.run<number>('which-thread', {})).toBeGreaterThan(0);
  });

  test('threads start with their first task, and get the data given to the pool', async () => {
    const pool = poolOf({ size: 2, workerData: { settings: 'x' } });
    expect(pool.stats()).toEqual({ threads: 0, running: 0, queued: 0 });
    expect(await pool.run('given-data', {})).toEqual({ settings: 'x' });
    expect(pool.stats().threads).toBe(1);
    expect(pool.size).toBe(2);
  });

  test('transferred buffers move instead of being copied, both ways', async () => {
    const pool = poolOf();
    const data = new Uint8Array(1_000).fill(9);
    expect(await pool.run('first-byte', { data }, { transfer: [data.buffer] })).toBe(9);
    expect(data.byteLength).toBe(0);
    expect(await pool.run('bytes', { size: 3 })).toEqual(Uint8Array.of(7, 7, 7));
  });

  test('a ServingError of a task arrives as one, with everything it says', async () => {
    const refused = poolOf().run('refuse', {});
    await expect(refused).rejects.toBeInstanceOf(ServingError);
    await expect(refused).rejects.toMatchObject({
      code: 'invalid-input',
      message: 'no such row',
      violations: [{ pointer: '/rows/1', expected: 'a row', received: 'nothing' }],
      retryAfterSeconds: 3,
    });
  });

  test.each([
    ['a bug', 'break', 'a bug'],
    ['a thrown text', 'throw-text', 'just text'],
    ['an unknown task', 'nonsense', 'No handler for the task "nonsense"'],
    ['an inherited name', 'toString', 'No handler'],
    ['a result that cannot be cloned', 'uncloneable', 'could not be cloned'],
  ])('%s rejects that task only, and the thread goes on', async (_, task, message) => {
    const pool = poolOf();
    const failed = pool.run(task, {});
    await expect(failed).rejects.toThrow(message);
    await expect(failed).rejects.not.toBeInstanceOf(ServingError);
    expect(await pool.run('echo', 1)).toBe(1);
    expect(pool.stats().threads).toBe(1);
  });

  test('an input that cannot be cloned rejects its task, and the next one runs', async () => {
    const pool = poolOf();
    await expect(pool.run('echo', { call: () => 1 })).rejects.toThrow('could not be cloned');
    expect(await pool.run('echo', 2)).toBe(2);
  });

  test('tasks of one affinity share a thread, others spread over the idle ones', async () => {
    const pool = poolOf({ size: 4 });
    const thread = (affinity?: string) =>
      pool.run<number>('which-thread', {}, affinity === undefined ? {} : { affinity });
    const same = await Promise.all([thread('model-a'), thread('model-a'), thread('model-a')]);
    expect(new Set(same).size).toBe(1);
    const spread = await Promise.all([thread(), thread(), thread(), thread()]);
    expect(new Set(spread).size).toBe(4);
  });

  test('a thread takes one task at a time where nothing else is said, in the order of the calls', async () => {
    const pool = poolOf();
    const order: number[] = [];
    const tasks = [1, 2, 3].map((index) => pool.run('echo', index).then(() => order.push(index)));
    expect(pool.stats()).toMatchObject({ running: 1, queued: 2 });
    await Promise.all(tasks);
    expect(order).toEqual([1, 2, 3]);
  });

  test('with a concurrency of two, a task that waits lets the next one in', async () => {
    const pool = poolOf({ concurrency: 2 });
    const waiting = pool.run('wait', { name: 'gate' });
    await pool.run('open', { name: 'gate' });
    expect(await waiting).toBe('opened');
  });

  test('one task over the queue’s limit is refused as overloaded, with when to retry', async () => {
    const pool = poolOf({ maxQueue: 1 });
    const running = pool.run('echo', 1);
    const queued = pool.run('echo', 2);
    await expect(pool.run('echo', 3)).rejects.toMatchObject({ code: 'overloaded', retryAfterSeconds: 1 });
    expect(await Promise.all([running, queued])).toEqual([1, 2]);
  });

  test('an aborted task leaves the queue; one that runs is only left alone', async () => {
    const pool = poolOf();
    const running = new AbortController();
    const queued = new AbortController();
    const first = pool.run('wait', { name: 'never' }, { signal: running.signal });
    const second = pool.run('echo', 2, { signal: queued.signal });
    queued.abort();
    await expect(second).rejects.toMatchObject({ code: 'deadline-exceeded' });
    expect(pool.stats().queued).toBe(0);
    running.abort(new ServingError('overloaded', 'told by the caller'));
    await expect(first).rejects.toThrow('told by the caller');
    expect(pool.stats().running).toBe(1);
    await expect(pool.run('echo', 3, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'deadline-exceeded',
    });
  });

  test('a thread that dies rejects its tasks as retryable, and another takes its place', async () => {
    const pool = poolOf({ concurrency: 2 });
    const waiting = pool.run('wait', { name: 'never' });
    const dying = pool.run('exit', {});
    const lost = { code: 'model-unavailable', retryAfterSeconds: 1 };
    await expect(dying).rejects.toMatchObject(lost);
    await expect(waiting).rejects.toMatchObject(lost);
    expect(await pool.run('echo', 1)).toBe(1);
  });

  test('an entry that does not exist rejects each task instead of hanging', async () => {
    const pool = poolOf({ entry: path.join(__dirname, 'no-such-entry.cjs') });
    const outcomes = await Promise.allSettled([pool.run('echo', 1), pool.run('echo', 2)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  test('a closed pool rejects what waits and what comes, and ends threads that do not finish', async () => {
    const pool = poolOf();
    const running = pool.run('wait', { name: 'never' });
    const queued = pool.run('echo', 2);
    const closed = pool.close();
    await expect(queued).rejects.toThrow('The server is stopping');
    await expect(running).rejects.toMatchObject({ code: 'model-unavailable' });
    await closed;
    await expect(pool.run('echo', 3)).rejects.toThrow('The server is stopping');
    expect(pool.stats()).toEqual({ threads: 0, running: 0, queued: 0 });
  });

  test('closing waits for running tasks within its time', async () => {
    const pool = poolOf({ closeMs: 60_000 });
    const running = pool.run('echo', 1);
    await pool.close();
    expect(await running).toBe(1);
  });
});

describe('serveWorkerTasks', () => {
  test('on the main thread, without a port, says so', () => {
    expect(() => {
      serveWorkerTasks({});
    }).toThrow('serveWorkerTasks is for worker threads');
  });

  test('answers over any port', async () => {
    const { port1, port2 } = new MessageChannel();
    serveWorkerTasks({ double: (input: number) => Promise.resolve(2 * input) }, port2);
    const reply = new Promise((resolve) => port1.once('message', resolve));
    port1.postMessage({ id: 4, task: 'double', input: 21 });
    expect(await reply).toEqual({ id: 4, status: 'done', value: 42 });
    port1.close();
  });
});
