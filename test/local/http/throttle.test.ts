import { Throttle } from '../../../local/http/throttle';

describe('Throttle', () => {
  test('whoever finds no place waits, first come first served', async () => {
    const throttle = new Throttle({ concurrent: 1, outstanding: 3 });
    const order: string[] = [];
    expect(throttle.enter()).toBeUndefined();
    const second = throttle.enter()?.then(() => order.push('second'));
    expect(throttle.isFull).toBe(false);
    const third = throttle.enter()?.then(() => order.push('third'));
    expect(throttle.isFull).toBe(true);
    throttle.leave();
    await second;
    expect(order).toEqual(['second']);
    throttle.leave();
    await third;
    throttle.leave();
    expect(throttle.enter()).toBeUndefined();
  });
});
