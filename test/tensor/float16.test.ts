import { float16ToFloat32, float32ToFloat16, fromFloat16, toFloat16 } from '../../shared/tensor/float16';

describe('float16', () => {
  test.each([
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65_504, 0x7bff],
    [Infinity, 0x7c00],
    [-Infinity, 0xfc00],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [(1023 / 1024) * 2 ** -14, 0x03ff],
  ])('%d and %i are the same number', (value, bits) => {
    expect(toFloat16(value)).toBe(bits);
    expect(fromFloat16(bits)).toBe(value);
  });

  test.each([
    ['a tie goes to the even neighbour below', 1 + 2 ** -11, 0x3c00],
    ['a tie goes to the even neighbour above', 1 + 3 * 2 ** -11, 0x3c02],
    ['just over a tie goes up', 1 + 2 ** -11 + 2 ** -20, 0x3c01],
    ['rounding carries into the exponent', 2047.5, 0x6800],
    ['the largest that still rounds down', 65_519, 0x7bff],
    ['beyond the largest is infinite', 65_520, 0x7c00],
    ['far beyond the largest is infinite', 1e30, 0x7c00],
    ['half the smallest is zero', 2 ** -25, 0x0000],
    ['more than half the smallest is the smallest', 2 ** -25 * 1.5, 0x0001],
    ['far below the smallest is zero with its sign', -1e-30, 0x8000],
  ])('%s', (_rule, value, bits) => {
    expect(toFloat16(value)).toBe(bits);
  });

  test('NaN stays NaN', () => {
    expect(fromFloat16(toFloat16(NaN))).toBeNaN();
  });

  test('all 65,536 bit patterns but NaN survive the way to numbers and back', () => {
    const bits = Uint16Array.from({ length: 65_536 }, (_, index) => index);
    const back = float32ToFloat16(float16ToFloat32(bits));
    const changed = bits.filter(
      (pattern) => back[pattern] !== pattern && !Number.isNaN(fromFloat16(pattern)),
    );
    expect([...changed]).toEqual([]);
  });
});
