import { ServingError } from '../../shared/errors';
import { createOnnxEngine } from '../../shared/runtime/onnx-engine';
import { SessionCache } from '../../shared/runtime/session-cache';
import type { SessionCacheOptions } from '../../shared/runtime/session-cache-options';
import { linearModel } from '../support/onnx-builder';
import { FakeEngine, fakeVersion, SESSION_BYTES } from './fake-engine';

const caches: SessionCache[] = [];
afterEach(() => Promise.all(caches.splice(0).map((cache) => cache.close())));

function cacheOf(
  engine: FakeEngine,
  sessions: number,
  options: Partial<SessionCacheOptions> = {},
): SessionCache {
  const cache = new SessionCache({
    engine,
    fetch: engine.fetch,
    budgetBytes: sessions * SESSION_BYTES,
    random: () => 0,
    ...options,
  });
  caches.push(cache);
  return cache;
}

async function use(cache: SessionCache, ...models: string[]): Promise<void> {
  for (const model of models) {
    using lease = await cache.lease(fakeVersion(model));
    await lease.session.run({});
  }
}

describe('SessionCache', () => {
  test('a model is loaded once and found loaded afterwards', async () => {
    const engine = new FakeEngine();
    const cache = cacheOf(engine, 2);
    using first = await cache.lease(fakeVersion('a'));
    using second = await cache.lease(fakeVersion('a'));
    expect([first.cache, second.cache, second.loadMs]).toEqual(['miss', 'hit', 0]);
    expect(second.session).toBe(first.session);
    expect(cache.stats()).toMatchObject({ sessions: 1, leased: 1, hits: 1, misses: 1, loads: 1 });
  });

  test('fifty requests at once for a cold model load it once', async () => {
    const engine = new FakeEngine();
    const cache = cacheOf(engine, 2);
    const leases = await Promise.all(Array.from({ length: 50 }, () => cache.lease(fakeVersion('a'))));
    expect(engine.loads).toEqual(['a']);
    expect(new Set(leases.map(({ session }) => session)).size).toBe(1);
  });

  test('the session used least goes when another needs its room, and the eviction is counted', async () => {
    const engine = new FakeEngine();
    const cache = cacheOf(engine, 2);
    await use(cache, 'a', 'b', 'b', 'c');
    expect(engine.disposed).toEqual(['a']);
    expect(cache.stats()).toMatchObject({ sessions: 2, bytes: 2 * SESSION_BYTES, evictions: { budget: 1 } });
  });

  test('a session in use is never evicted: who needs its room waits until it is given back', async () => {
    const engine = new FakeEngine();
    const cache = cacheOf(engine, 1);
    const held = await cache.lease(fakeVersion('a'));
    const waiting = cache.lease(fakeVersion('b'));
    await new Promise((resolve) => setImmediate(resolve));
    await held.session.run({});
    expect(engine.loads).toEqual(['a']);
    held[Symbol.dispose]();
    using next = await waiting;
    await next.session.run({});
    expect(engine.disposed).toEqual(['a']);
  });

  test('who waits longer than its deadline gets model-unavailable with when to retry, and leaves no reservation', async () => {
    const engine = new FakeEngine();
    const cache = cacheOf(engine, 1);
    const held = await cache.lease(fakeVersion('a'));
    const late = cache.lease(fakeVersion('b'), Date.now() + 5);
    await expect(late).rejects.toMatchObject({ code: 'model-unavailable', retryAfterSeconds: 1 });
    held[Symbol.dispose]();
    await use(cache, 'c');
    expect(cache.stats()).toMatchObject({
      sessions: 1,
      bytes: SESSION_BYTES,
      waitTimeouts: 1,
      loadFailures: 0,
    });
  });

  test('a load that outlives its deadline still serves the next request', async () => {
    const engine = new FakeEngine();
    const cache = cacheOf(engine, 1);
    const open = engine.hold();
    await expect(cache.lease(fakeVersion('a'), Date.now() + 5)).rejects.toThrow('was not loaded in time');
    open();
    await use(cache, 'a');
    expect(engine.loads).toEqual(['a']);
  });

  test('a session unloaded during its load is disposed once nobody waits for it', async () => {
    const engine = new FakeEngine();
    const cache = cacheOf(engine, 1);
    const open = engine.hold();
    const late = cache.lease(fakeVersion('a'), Date.now() + 5);
    await expect(late).rejects.toThrow(ServingError);
    cache.unload(fakeVersion('a'));
    open();
    await use(cache, 'b');
    expect(engine.disposed).toEqual(['a']);
    expect(cache.stats().bytes).toBe(SESSION_BYTES);
  });

  test('an unloaded session in use runs on and is disposed with its last lease, once', async () => {
    const engine = new FakeEngine();
    const cache = cacheOf(engine, 2);
    const first = await cache.lease(fakeVersion('a'));
    const second = await cache.lease(fakeVersion('a'));
    cache.unload(fakeVersion('a'));
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    await second.session.run({});
    expect(engine.disposed).toEqual([]);
    second[Symbol.dispose]();
    expect(engine.disposed).toEqual(['a']);
    expect(cache.stats()).toMatchObject({ sessions: 0, bytes: 0, evictions: { unloaded: 1 } });
  });

  test('sessions used more than once survive a scan over many others', async () => {
    const engine = new FakeEngine();
    const cache = cacheOf(engine, 10, { random: Math.random });
    await use(cache, 'hot-1', 'hot-2', 'hot-1', 'hot-2');
    await use(cache, ...Array.from({ length: 100 }, (_, index) => `scan-${index}`));
    engine.loads = [];
    await use(cache, 'hot-1', 'hot-2');
    expect(engine.loads).toEqual([]);
  });

  test('a cyclic scan over ten times the budget finds more sessions loaded than strict LRU, which finds none', async () => {
    const engine = new FakeEngine();
    const cache = cacheOf(engine, 10, { random: Math.random });
    const models = Array.from({ length: 100 }, (_, index) => `m-${index}`);
    for (let round = 0; round < 20; round += 1) await use(cache, ...models);
    const { hits, misses } = cache.stats();
    expect(hits / (hits + misses)).toBeGreaterThan(0.05);
  });

  test('a session that turns out larger than reserved pushes others out, and is reserved in full the next time', async () => {
    const engine = new FakeEngine();
    const cache = cacheOf(engine, 3);
    await use(cache, 'a', 'b');
    engine.sizeBytes = 2 * SESSION_BYTES;
    await use(cache, 'large');
    expect(cache.stats()).toMatchObject({ sessions: 2, bytes: 3 * SESSION_BYTES });
    cache.unload(fakeVersion('large'));
    engine.sizeBytes = SESSION_BYTES;
    await use(cache, 'a', 'b', 'large');
    expect(cache.stats().bytes).toBeLessThanOrEqual(3 * SESSION_BYTES);
  });

  test('a model larger than the whole budget is refused at once, in figures', async () => {
    const engine = new FakeEngine();
    const cache = cacheOf(engine, 1);
    await expect(cache.lease(fakeVersion('a', 50_000_000))).rejects.toThrow(
      'takes about 95.4 MiB of memory, all loaded models may take 1.0 MiB',
    );
    expect(engine.loads).toEqual([]);
  });

  test('a session idle for too long is evicted by the sweep, one in use is not', async () => {
    let clock = 0;
    const engine = new FakeEngine();
    const cache = cacheOf(engine, 3, { now: () => clock, idleMs: 1_000 });
    await use(cache, 'a');
    using held = await cache.lease(fakeVersion('b'));
    clock = 1_000;
    await use(cache, 'c');
    cache.sweep();
    await held.session.run({});
    expect(engine.disposed).toEqual(['a']);
    expect(cache.stats().evictions.idle).toBe(1);
  });

  test('a session lost with its thread is loaded anew', async () => {
    const engine = new FakeEngine();
    const cache = cacheOf(engine, 2);
    await use(cache, 'a');
    engine.lost.add('a');
    using lease = await cache.lease(fakeVersion('a'));
    expect([lease.cache, engine.loads.length, cache.stats().evictions.lost]).toEqual(['miss', 2, 1]);
  });

  test('a session whose disposal fails is counted, and its bytes are free', async () => {
    const engine = new FakeEngine();
    const load = engine.load.bind(engine);
    engine.load = async (files) => ({
      ...(await load(files)),
      dispose: () => Promise.reject(new Error('no')),
    });
    const cache = cacheOf(engine, 2);
    await use(cache, 'a');
    await cache.close();
    expect(cache.stats()).toMatchObject({ disposeFailures: 1, bytes: 0 });
  });

  test('a closed cache refuses loads and has disposed everything', async () => {
    const engine = new FakeEngine();
    const cache = cacheOf(engine, 2);
    await use(cache, 'a', 'b');
    await cache.close();
    await expect(cache.lease(fakeVersion('a'))).rejects.toThrow('the server is stopping');
    expect(engine.disposed).toEqual(['a', 'b']);
  });

  test('under a storm of leases the budget holds, no session runs after its disposal, and every byte comes back', async () => {
    const engine = new FakeEngine();
    const cache = cacheOf(engine, 5, { random: Math.random });
    let most = 0;
    const client = async (seed: number): Promise<void> => {
      for (let step = 0; step < 60; step += 1) {
        using lease = await cache.lease(fakeVersion(`m-${(seed * 7 + step * step) % 23}`));
        await new Promise((resolve) => setImmediate(resolve));
        await lease.session.run({});
        most = Math.max(most, cache.stats().bytes);
      }
    };
    await Promise.all(Array.from({ length: 12 }, (_, seed) => client(seed)));
    expect(most).toBeLessThanOrEqual(5 * SESSION_BYTES);
    const { loads, evictions, sessions } = cache.stats();
    expect(loads).toBe(evictions.budget + sessions);
    await cache.close();
    expect(cache.stats().bytes).toBe(0);
    expect(engine.disposed).toHaveLength(loads);
  });

  test('real sessions are loaded, run, evicted and loaded again', async () => {
    const fetched: string[] = [];
    const cache = new SessionCache({
      engine: createOnnxEngine(),
      fetch: ({ model }) => {
        fetched.push(model);
        return Promise.resolve({ onnx: linearModel([Number(model)]), externalData: {} });
      },
      budgetBytes: 3 * 41 * 1024,
    });
    caches.push(cache);
    for (const model of ['2', '3', '4', '5', '4']) {
      using lease = await cache.lease(fakeVersion(model, 150));
      const { y } = await lease.session.run({
        x: { datatype: 'FP32', shape: [1, 1], data: Float32Array.of(10) },
      });
      expect(y?.data).toEqual(Float32Array.of(10 * Number(model)));
    }
    expect(fetched).toEqual(['2', '3', '4', '5', '4']);
    expect(cache.stats().sessions).toBe(3);
  });
});
