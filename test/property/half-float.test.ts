import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decodeFloat32 } from '../../src/weights/dtype.js';
import { decodeBfloat16, decodeFloat16 } from '../../src/weights/half-float.js';

const ALL = Uint16Array.from({ length: 0x10000 }, (_, half) => half);

/** The definition of a binary float, in float64: nothing of it is shared with the code under test. */
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
});
