import type { BlobStore } from '../../shared/storage/blob-store';

/** A store that passes everything on and counts how often each method was called. */
export function countingStore(store: BlobStore): {
  readonly store: BlobStore;
  readonly calls: Map<string, number>;
} {
  const calls = new Map<string, number>();
  const counted = new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function' || typeof name !== 'string') return member;
      return (...args: unknown[]): unknown => {
        calls.set(name, (calls.get(name) ?? 0) + 1);
        return Reflect.apply(member, target, args);
      };
    },
  });
  return { store: counted, calls };
}
