const scratch = new DataView(new ArrayBuffer(4));
const MANTISSA_BITS = 10;
const LARGEST_SUBNORMAL_EXPONENT = -15;

/** The number that IEEE 754 binary16 bits stand for. */
export function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> MANTISSA_BITS) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 0x1f) return mantissa === 0 ? sign * Infinity : NaN;
  return sign * (1 + mantissa / 1_024) * 2 ** (exponent - 15);
}

/**
 * IEEE 754 binary16 bits of the number, rounded to the nearest, ties to even; beyond ±65,504 it is infinite.
 * The number is rounded to binary32 first, as onnxruntime and numpy's float32 arrays hold it.
 */
export function toFloat16(value: number): number {
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 0xff) - 127;
  const mantissa = bits & 0x7fffff;
  if (exponent === 128) return sign | (mantissa === 0 ? 0x7c00 : 0x7e00);
  if (exponent > 15) return sign | 0x7c00;
  if (exponent > LARGEST_SUBNORMAL_EXPONENT) {
    return sign | roundShift(((exponent + 15) << 23) | mantissa, 13);
  }
  const shift = -exponent - 1;
  return shift > 24 ? sign : sign | roundShift(mantissa | 0x800000, shift);
}

/** Numbers from bits, element by element. */
export function float16ToFloat32(bits: Uint16Array): Float32Array {
  return Float32Array.from(bits, fromFloat16);
}

/** Bits from numbers, element by element. */
export function float32ToFloat16(values: ArrayLike<number>): Uint16Array {
  return Uint16Array.from(values, toFloat16);
}

/** `value >> shift`, rounded to nearest even; a carry out of the mantissa rightly raises the exponent. */
function roundShift(value: number, shift: number): number {
  const floor = value >>> shift;
  const rest = value & (2 ** shift - 1);
  const half = 2 ** (shift - 1);
  return rest > half || (rest === half && (floor & 1) === 1) ? floor + 1 : floor;
}
