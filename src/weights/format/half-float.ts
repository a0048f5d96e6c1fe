/**
 * Conversions between float32 and the 16-bit floats of checkpoints. All work on bit patterns, so that -0, subnormals,
 * infinities and the payload bits of NaNs are exact. Values are in the byte order of the machine, which is
 * little-endian wherever TensorFlow.js runs.
 */

/** float32 bits of every F16 bit pattern; 256 KB, built on first use. */
let float16Table: Int32Array | undefined;

/**
 * IEEE 754 binary16 to float32.
 *
 * A table look-up takes two thirds of the time of bit arithmetic, on weights and on random bits alike. The table is an
 * Int32Array and not a Uint32Array, because patterns above 2^31 would pass through doubles, at twice the time.
 *
 * @param halfs bit patterns: 1 sign, 5 exponent (bias 15), 10 fraction bits
 * @returns one float32 per pattern, in memory of its own
 */
export function decodeFloat16(halfs: Uint16Array): Float32Array {
  float16Table ??= createFloat16Table();
  const table = float16Table;
  const bits = new Int32Array(halfs.length);
  for (let i = 0; i < halfs.length; i++) bits[i] = table[halfs[i] as number] as number;
  return new Float32Array(bits.buffer);
}

/**
 * bfloat16 to float32: a bfloat16 is the upper half of a float32.
 *
 * @param halfs bit patterns: 1 sign, 8 exponent (bias 127), 7 fraction bits
 * @returns one float32 per pattern, in memory of its own
 */
export function decodeBfloat16(halfs: Uint16Array): Float32Array {
  const bits = new Int32Array(halfs.length);
  for (let i = 0; i < halfs.length; i++) bits[i] = (halfs[i] as number) << 16;
  return new Float32Array(bits.buffer);
}

/**
 * float32 to bfloat16, rounded to the nearest, ties to even.
 *
 * @returns bit patterns; a NaN stays a NaN.
 */
export function encodeBfloat16(values: Float32Array): Uint16Array {
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  const halfs = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const b = bits[i] as number;
    const isNan = (b & 0x7fffffff) > 0x7f800000;
    // Rounding up could turn a NaN into an infinity, so a NaN gets a payload bit that survives instead.
    halfs[i] = isNan ? (b >>> 16) | 0x40 : (b + 0x7fff + ((b >>> 16) & 1)) >>> 16;
  }
  return halfs;
}

/**
 * float32 to IEEE 754 binary16, rounded to the nearest, ties to even.
 *
 * @returns bit patterns; a NaN stays a NaN, and 65,520 or more becomes an infinity.
 */
export function encodeFloat16(values: Float32Array): Uint16Array {
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  const halfs = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) halfs[i] = float16Of(bits[i] as number);
  return halfs;
}

function float16Of(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // NaN
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // 65,520 is half a step above the largest
  if (magnitude >= 0x38800000) {
    // Normal, from 2^-14. The exponent moves by 112, the fraction loses 13 bits; a carry may go into the exponent.
    return sign | ((magnitude - (112 << 23) + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
  }
  if (magnitude < 0x33000000) return sign; // less than half of 2^-24, the smallest number
  // Subnormal: the fraction with its leading one, in steps of 2^-24.
  const fraction = (magnitude & 0x7fffff) | 0x800000;
  const shift = 126 - (magnitude >>> 23);
  const half = 1 << (shift - 1);
  return sign | ((fraction + half - 1 + ((fraction >>> shift) & 1)) >>> shift);
}

/** float32 bits of one F16 bit pattern. */
function float16Bits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13);
  if (exponent !== 0) return sign | ((exponent - 15 + 127) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  // Subnormal, fraction * 2^-24: float32 has the exponent for it, so the leading one moves to the implicit place.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((-14 + 127 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}

function createFloat16Table(): Int32Array {
  return Int32Array.from({ length: 0x10000 }, (_, half) => float16Bits(half));
}
