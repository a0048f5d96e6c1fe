import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decodeFloat32 } from '../../../dist/weights/format/dtype.js';
import {
  decodeBfloat16,
  decodeFloat16,
  encodeBfloat16,
  encodeFloat16,
} from '../../../dist/weights/format/half-float.js';

const ALL = Uint16Array.from({ length: 0x10000 }, (_, half) => half);

/** The definition of a binary float, in float64, independent of the code under test. */
function value(bits: number, exponentBits: number, fractionBits: number): number {
  const sign = bits >>> (exponentBits + fractionBits) === 0 ? 1 : -1;
  const exponent = (bits >>> fractionBits) % 2 ** exponentBits;
  const fraction = (bits % 2 ** fractionBits) / 2 ** fractionBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1)
    return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** (1 - bias);
  return sign * (1 + fraction) * 2 ** (exponent - bias);
}

function countWrong(decoded: Float32Array, expected: (bits: number) => number): number {
  let wrong = 0;
  for (let bits = 0; bits < 0x10000; bits++) {
    // Object.is tells -0 from 0 and holds NaN for equal to itself.
    if (!Object.is(decoded[bits], expected(bits))) wrong++;
  }
  return wrong;
}

describe('all 65,536 half floats', () => {
  it('F16 has the value that the definition gives', () => {
    expect(countWrong(decodeFloat16(ALL), (bits) => value(bits, 5, 10))).toBe(0);
  });

  it('BF16 has the value that the definition gives', () => {
    expect(countWrong(decodeBfloat16(ALL), (bits) => value(bits, 8, 7))).toBe(0);
  });

  it('F16 has the bits that C gives: SHA-256 from Python, NaNs left out', () => {
    // python3 -c "import struct,hashlib
    // h=[struct.unpack('<e',struct.pack('<H',i))[0] for i in range(65536) if (i&0x7fff)<=0x7c00]
    // print(hashlib.sha256(struct.pack('<%df'%len(h),*h)).hexdigest())"
    const decoded = decodeFloat16(ALL.filter((half) => (half & 0x7fff) <= 0x7c00));
    const sum = createHash('sha256').update(new Uint8Array(decoded.buffer)).digest('hex');
    expect(sum).toBe('680bbc22915f61aa1bbfc7265bc3882a6aa42d299bfd2c571807196e5544de2e');
  });

  it('keeps the sign and the payload of NaN', () => {
    const bits = new Uint32Array(decodeFloat16(Uint16Array.of(0x7e01, 0xfc01)).buffer);
    expect([...bits]).toEqual([0x7fc02000, 0xff802000]);
  });

  it('F16 survives a round trip through the bytes of a file, at an odd address too', () => {
    const bytes = new Uint8Array(2 * 0x10000 + 1);
    bytes.set(new Uint8Array(ALL.buffer), 1);
    const decoded = decodeFloat32(bytes.subarray(1), 'F16');
    expect(countWrong(decoded, (bits) => value(bits, 5, 10))).toBe(0);
  });

  it('come back from float32 as they were, NaNs as NaNs', () => {
    const isNan16 = (bits: number): boolean => (bits & 0x7fff) > 0x7c00;
    const isNanB16 = (bits: number): boolean => (bits & 0x7fff) > 0x7f80;
    const float16 = encodeFloat16(decodeFloat16(ALL));
    const bfloat16 = encodeBfloat16(decodeBfloat16(ALL));
    const same = (bits: number, back: number | undefined, isNan: (bits: number) => boolean): boolean =>
      isNan(bits) ? isNan(back ?? 0) : back === bits;
    expect(ALL.filter((bits) => !same(bits, float16[bits], isNan16))).toEqual(new Uint16Array());
    expect(ALL.filter((bits) => !same(bits, bfloat16[bits], isNanB16))).toEqual(new Uint16Array());
  });

  it('float32 goes to the nearest F16, ties to even: what numpy gives', () => {
    // numpy.array(values, numpy.float32).astype(numpy.float16).view(numpy.uint16)
    const cases: readonly (readonly [number, number])[] = [
      [1 / 3, 0x3555],
      [65504, 0x7bff],
      [65519.996, 0x7bff],
      [65520, 0x7c00],
      [1e30, 0x7c00],
      [1e-8, 0],
      [2 ** -25, 0],
      [2.980232594040899e-8, 1],
      [5.96e-8, 1],
      [8.9e-8, 1],
      [6e-5, 0x3ef],
      [2 ** -14, 0x400],
      [6.103515261202119e-5, 0x400],
      [1.00048828125, 0x3c00],
      [1.0014648438, 0x3c02],
      [-0.1, 0xae66],
      [3.14159274, 0x4248],
      [-0, 0x8000],
    ];
    const encoded = encodeFloat16(Float32Array.from(cases, ([value]) => value));
    expect([...encoded]).toEqual(cases.map(([, bits]) => bits));
  });

  it('float32 goes to the nearest F16, whatever lies between two of them', () => {
    const halfs = Uint16Array.from({ length: 0x7bff }, (_, bits) => bits); // those with a finite one after them
    const lower = decodeFloat16(halfs);
    const upper = decodeFloat16(halfs.map((bits) => bits + 1));
    const between = (share: number): Float32Array =>
      lower.map((value, i) => value + share * ((upper[i] as number) - value));
    expect(encodeFloat16(between(0.25))).toEqual(halfs);
    expect(encodeFloat16(between(0.5))).toEqual(halfs.map((bits) => bits + (bits & 1)));
    expect(encodeFloat16(between(0.75))).toEqual(halfs.map((bits) => bits + 1));
  });
});
