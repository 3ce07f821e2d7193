import { shortest32 } from '../../../shared/batch/csv/shortest-float';

describe('shortest32', () => {
  test.each([
    [0.1, '0.1'],
    [1.1, '1.1'],
    [-12.75, '-12.75'],
    [16_777_217, '16777216'],
    [123_456.789, '123456.79'],
    [0, '0'],
    [1 / 3, '0.33333334'],
  ])('%p is written %s', (value, text) => {
    expect(shortest32(Math.fround(value))).toBe(text);
  });

  test('any float reads back as itself, in no more characters than a double takes', () => {
    const bits = new Uint32Array(1);
    const float = new Float32Array(bits.buffer);
    let seed = 1;
    for (let i = 0; i < 20_000; i++) {
      seed = (seed * 48_271) % 2_147_483_647;
      bits[0] = seed * 2 + (i & 1);
      const value = float[0] ?? NaN;
      if (!Number.isFinite(value)) continue;
      const text = shortest32(value);
      if (Math.fround(Number(text)) !== value || text.length > String(value).length)
        throw new Error(`${value}: ${text}`);
    }
  });
});
