import type { ModelVersion } from '../../shared/registry/catalog';
import type { ModelFiles } from '../../shared/runtime/engine';
import { PrefetchedFiles } from '../../shared/runtime/prefetched-files';
import { SessionCache } from '../../shared/runtime/session-cache';
import { FakeEngine, fakeVersion, SESSION_BYTES } from './fake-engine';

const MIB = 1024 * 1024;

function source(bytesEach = 10) {
  const single: string[] = [];
  const together: string[][] = [];
  const filesOf = ({ model }: ModelVersion): ModelFiles => ({
    onnx: Buffer.concat([Buffer.from(model), Buffer.alloc(bytesEach)]),
    externalData: {},
  });
  return {
    single,
    together,
    fetch: (version: ModelVersion) => {
      single.push(version.model);
      return Promise.resolve(filesOf(version));
    },
    fetchMany: (versions: readonly ModelVersion[]) => {
      together.push(versions.map(({ model }) => model));
      return Promise.resolve(new Map(versions.map((version) => [version.digest, filesOf(version)])));
    },
  };
}

const versions = (sizeBytes: number, ...models: string[]) =>
  models.map((model) => fakeVersion(model, sizeBytes));

describe('PrefetchedFiles', () => {
  test('files fetched together are handed out once each, then fetched alone', async () => {
    const from = source();
    const files = new PrefetchedFiles(from);
    await files.prefetch(versions(10, 'a', 'b'));
    await files.prefetch(versions(10, 'a', 'b'));
    await files.fetch(fakeVersion('a'));
    expect([from.together, from.single]).toEqual([[['a', 'b']], []]);
    await files.fetch(fakeVersion('a'));
    expect(from.single).toEqual(['a']);
  });

  test('a single model, or a source that cannot, is left to its own fetch', async () => {
    const from = source();
    await new PrefetchedFiles(from).prefetch(versions(10, 'a'));
    await new PrefetchedFiles({ fetch: from.fetch }).prefetch(versions(10, 'a', 'b'));
    expect([from.together, from.single]).toEqual([[], []]);
  });

  test('no more is fetched ahead than 32 MiB, and what was not used makes room', async () => {
    const from = source(15 * MIB);
    const files = new PrefetchedFiles(from);
    await files.prefetch(versions(15 * MIB, 'a', 'b', 'c'));
    expect(from.together).toEqual([['a', 'b']]);
    await files.prefetch(versions(15 * MIB, 'd', 'e'));
    for (const model of ['a', 'd', 'e']) await files.fetch(fakeVersion(model));
    expect(from.single).toEqual(['a']);
  });

  test('a failed fetch of many is no error: each lease then says what is wrong', async () => {
    const from = { ...source(), fetchMany: () => Promise.reject(new Error('down')) };
    const files = new PrefetchedFiles(from);
    await files.prefetch(versions(10, 'a', 'b'));
    await files.fetch(fakeVersion('a'));
    expect(from.single).toEqual(['a']);
  });

  test('the session cache prefetches only what it has not loaded', async () => {
    const engine = new FakeEngine();
    const together: string[][] = [];
    const cache = new SessionCache({
      engine,
      fetch: engine.fetch,
      fetchMany: async (wanted) => {
        together.push(wanted.map(({ model }) => model));
        const files = wanted.map(async (version) => [version.digest, await engine.fetch(version)] as const);
        return new Map(await Promise.all(files));
      },
      budgetBytes: 10 * SESSION_BYTES,
    });
    const lease = await cache.lease(fakeVersion('a'));
    lease[Symbol.dispose]();
    await cache.prefetch(['a', 'b', 'c'].map((model) => fakeVersion(model)));
    expect(together).toEqual([['b', 'c']]);
    await cache.close();
  });
});
