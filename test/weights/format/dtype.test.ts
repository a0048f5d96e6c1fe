import { describe, expect, it } from 'vitest';
import { InternalError } from '../../../dist/errors/errors.js';
import {
  decodeFloat32,
  dtypeByteLength,
  FILE_DTYPES,
  isDtype,
  isLoadable,
} from '../../../dist/weights/format/dtype.js';

describe('dtypes', () => {
  it('knows the names of the format and no others', () => {
    expect(FILE_DTYPES).toHaveLength(22);
    expect(isDtype('F8_E4M3')).toBe(true);
    for (const other of ['f32', 'F128', '', 'toString', '__proto__', 32, null, undefined]) {
      expect(isDtype(other), String(other)).toBe(false);
    }
  });

  it.each([
    ['BOOL', 3, 3],
    ['F8_E5M2', 3, 3],
    ['BF16', 3, 6],
    ['F16', 3, 6],
    ['F32', 3, 12],
    ['I64', 3, 24],
    ['C64', 3, 24],
    ['F4', 4, 2],
    ['F4', 3, undefined],
    ['F6_E2M3', 4, 3],
    ['F6_E3M2', 3, undefined],
    ['F32', 0, 0],
    ['F32', Number.MAX_SAFE_INTEGER, undefined],
  ] as const)('%s x %d takes %s bytes', (dtype, count, bytes) => {
    expect(dtypeByteLength(dtype, count)).toBe(bytes);
  });

  it('loads F64, F32, F16 and BF16', () => {
    expect(FILE_DTYPES.filter(isLoadable)).toEqual(['F16', 'BF16', 'F32', 'F64']);
  });
});

describe('decodeFloat32', () => {
  const values = Float32Array.of(1.5, -0, 1e-45, Number.POSITIVE_INFINITY, 1.1);

  it('views aligned F32 bytes without a copy', () => {
    const bytes = new Uint8Array(values.buffer);
    const decoded = decodeFloat32(bytes, 'F32');
    expect(decoded.buffer).toBe(bytes.buffer);
    expect([...decoded]).toEqual([...values]);
  });

  it('reads F32 at any address, out of a Buffer too, and only its own bytes', () => {
    for (let shift = 0; shift < 8; shift++) {
      const bytes = Buffer.alloc(values.byteLength + 16, 0xee);
      bytes.set(new Uint8Array(values.buffer), shift);
      const decoded = decodeFloat32(bytes.subarray(shift, shift + values.byteLength), 'F32');
      expect([...decoded]).toEqual([...values]);
    }
  });

  it('reads little-endian halfs', () => {
    expect([...decodeFloat32(Uint8Array.of(0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00), 'F16')]).toEqual([
      1,
      -2,
      2 ** -24,
    ]);
    expect([...decodeFloat32(Uint8Array.of(0x80, 0x3f, 0x00, 0xc0), 'BF16')]).toEqual([1, -2]);
  });

  it('rounds F64 to the nearest, at any address', () => {
    const doubles = Float64Array.of(0.1, 1 + 2 ** -24, 1 + 2 ** -24 + 2 ** -40, 1e300, -1e-300);
    const expected = [Math.fround(0.1), 1, 1 + 2 ** -23, Number.POSITIVE_INFINITY, -0];
    for (const shift of [0, 4, 7]) {
      const bytes = new Uint8Array(doubles.byteLength + 8);
      bytes.set(new Uint8Array(doubles.buffer), shift);
      expect([...decodeFloat32(bytes.subarray(shift, shift + doubles.byteLength), 'F64')]).toEqual(expected);
    }
  });

  it('reads nothing from nothing', () => {
    expect(decodeFloat32(new Uint8Array(0), 'F16')).toHaveLength(0);
  });

  it('refuses what the audit should have refused', () => {
    expect(() => decodeFloat32(new Uint8Array(3), 'F16')).toThrow(InternalError);
    expect(() => decodeFloat32(new Uint8Array(6), 'F32')).toThrow(InternalError);
    expect(() => decodeFloat32(new Uint8Array(8), 'I64')).toThrow(/I64 cannot be read as float32/);
  });
});
