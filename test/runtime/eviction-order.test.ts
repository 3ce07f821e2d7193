import { EvictionOrder } from '../../shared/runtime/eviction-order';

interface Entry {
  readonly key: string;
}

function orderOf(keys: readonly string[], random: () => number = Math.random) {
  const order = new EvictionOrder<Entry>(({ key }) => key, random);
  const entries = new Map(keys.map((key) => [key, { key }]));
  for (const entry of entries.values()) order.add(entry);
  return { order, entries };
}

const names = (count: number) => Array.from({ length: count }, (_, n) => `k-${n}`);

describe('EvictionOrder', () => {
  test('the entry used least goes first; of equals the newest', () => {
    const { order } = orderOf(['a', 'b', 'c']);
    for (const key of ['a', 'c', 'a', 'b', 'c']) order.use(key);
    expect(order.victim(() => true)?.key).toBe('b');
    order.use('b');
    expect(order.victim(() => true)?.key).toBe('c');
  });

  test('entries that may not go are passed over, also where a sample holds nothing else', () => {
    const few = orderOf(['a', 'b']);
    expect(few.order.victim(({ key }) => key === 'a')?.key).toBe('a');
    expect(few.order.victim(() => false)).toBeUndefined();
    const many = orderOf(names(100), () => 0);
    expect(many.order.victim(({ key }) => key === 'k-77')?.key).toBe('k-77');
    expect(many.order.victim(() => false)).toBeUndefined();
  });

  test('of many entries a random sample decides, and removed ones never come up', () => {
    const { order, entries } = orderOf(names(100));
    for (const [key, entry] of entries) if (key !== 'k-5') order.remove(entry);
    expect(order.victim(() => true)?.key).toBe('k-5');
    const five = entries.get('k-5');
    if (five) order.remove(five);
    if (five) order.remove(five);
    expect(order.victim(() => true)).toBeUndefined();
  });

  test('uses are forgotten by halves, so that a new favourite takes over from an old one', () => {
    const { order } = orderOf(['old', 'new']);
    for (let n = 0; n < 200; n += 1) order.use('old');
    order.use('new');
    expect(order.victim(() => true)?.key).toBe('new');
    for (let n = 0; n < 3_000; n += 1) order.use(n % 100 === 0 ? 'new' : `other-${n}`);
    expect(order.victim(() => true)?.key).toBe('old');
  });

  test('a random that answers 1 is a mistake that is told', () => {
    const { order } = orderOf(names(20), () => 1);
    expect(() => order.victim(() => true)).toThrow('[0, 1)');
  });
});
