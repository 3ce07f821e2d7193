import { releaseMemory } from '../../shared/batch/release-memory';

test('what nothing refers to any more is gone when releaseMemory resolves', async () => {
  const reference = new WeakRef({ bytes: new Uint8Array(1024) });
  await releaseMemory(); // a WeakRef holds its target until the turn in which it was made is over
  await releaseMemory();
  expect(reference.deref()).toBeUndefined();
});
