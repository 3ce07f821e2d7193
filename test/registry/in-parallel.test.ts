import { inParallel } from '../../shared/registry/in-parallel';

describe('inParallel', () => {
  test('runs at most so many at a time and keeps the order of the items', async () => {
    let running = 0;
    let most = 0;
    const results = await inParallel([5, 1, 4, 2, 3], 2, async (item) => {
      running += 1;
      most = Math.max(most, running);
      for (let turn = 0; turn < item; turn += 1) await Promise.resolve();
      running -= 1;
      return item * 10;
    });
    expect(results).toEqual([50, 10, 40, 20, 30]);
    expect(most).toBe(2);
  });

  test('starts nothing after a failure', async () => {
    const started: number[] = [];
    const work = inParallel([1, 2, 3], 1, (item) => {
      started.push(item);
      return Promise.reject(new Error(`no ${item}`));
    });
    await expect(work).rejects.toThrow('no 1');
    expect(started).toEqual([1]);
  });

  test('no items, no work', async () => {
    expect(await inParallel([], 4, () => Promise.reject(new Error('called')))).toEqual([]);
  });
});
