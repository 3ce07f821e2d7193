import { ServingError } from '../../shared/errors';
import { SessionCache } from '../../shared/runtime/session-cache';
import { FakeEngine, fakeVersion, SESSION_BYTES } from './fake-engine';

const caches: SessionCache[] = [];
afterEach(() => Promise.all(caches.splice(0).map((cache) => cache.close())));

function cacheOf(engine: FakeEngine, sessions: number, options: { now?: () => number } = {}): SessionCache {
  const budgetBytes = sessions * SESSION_BYTES;
  const cache = new SessionCache({ engine, fetch: engine.fetch, budgetBytes, ...options });
  caches.push(cache);
  return cache;
}

async function use(cache: SessionCache, model: string): Promise<void> {
  using lease = await cache.lease(fakeVersion(model));
  await lease.session.run({});
}

describe('SessionCache, when loads fail', () => {
  test('a broken model is not loaded again before its back-off ends, which doubles with each failure', async () => {
    let clock = 0;
    const engine = new FakeEngine();
    engine.failing.set('a', new ServingError('invalid-model', 'the file is cut short'));
    const cache = cacheOf(engine, 2, { now: () => clock });
    const lease = () => cache.lease(fakeVersion('a'));
    const code = 'model-unavailable';
    await expect(lease()).rejects.toMatchObject({ code, retryAfterSeconds: 1 });
    await expect(lease()).rejects.toThrow('Model "a" version 1 is not available: the file is cut short');
    expect(engine.loads).toEqual(['a']);
    clock = 1_000;
    await expect(lease()).rejects.toMatchObject({ code, retryAfterSeconds: 2 });
    expect(engine.loads).toEqual(['a', 'a']);
    expect(cache.failure(fakeVersion('a'))).toBe('the file is cut short');
    engine.failing.clear();
    clock = 3_000;
    await use(cache, 'a');
    expect(cache.failure(fakeVersion('a'))).toBeUndefined();
    expect(cache.stats()).toMatchObject({ loadFailures: 2, loads: 1, bytes: SESSION_BYTES });
  });

  test('a storage fault backs off for a quarter of a second, and an unexpected error tells callers nothing', async () => {
    let clock = 0;
    const engine = new FakeEngine();
    engine.failing.set('a', new ServingError('storage-unavailable', 'Storage does not answer'));
    engine.failing.set('b', new Error('secret path /mnt/x'));
    const cache = cacheOf(engine, 2, { now: () => clock });
    await expect(cache.lease(fakeVersion('a'))).rejects.toThrow('Storage does not answer');
    await expect(cache.lease(fakeVersion('b'))).rejects.toThrow('its load failed unexpectedly');
    engine.failing.clear();
    clock = 250;
    await use(cache, 'a');
    await expect(cache.lease(fakeVersion('b'))).rejects.toThrow(ServingError);
  });

  test('one broken model does not touch the others', async () => {
    const engine = new FakeEngine();
    engine.failing.set('broken', new Error('no'));
    const cache = cacheOf(engine, 2);
    const outcomes = await Promise.allSettled(
      ['a', 'broken', 'b'].map((model) => cache.lease(fakeVersion(model))),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  test('unloading a broken model lets it be tried at once', async () => {
    const engine = new FakeEngine();
    engine.failing.set('a', new Error('no'));
    const cache = cacheOf(engine, 2);
    await expect(cache.lease(fakeVersion('a'))).rejects.toThrow();
    engine.failing.clear();
    cache.unload(fakeVersion('a'));
    await use(cache, 'a');
    expect(engine.loads).toEqual(['a', 'a']);
  });

  test('a storage fault is no failure of the model: its rows are worth a retry', async () => {
    const engine = new FakeEngine();
    engine.failing.set('a', new ServingError('storage-unavailable', 'Storage does not answer'));
    const cache = cacheOf(engine, 2);
    await expect(cache.lease(fakeVersion('a'))).rejects.toMatchObject({ code: 'model-unavailable' });
    expect(cache.failure(fakeVersion('a'))).toBeUndefined();
  });
});
