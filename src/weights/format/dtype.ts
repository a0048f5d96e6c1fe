import { InternalError } from '../../errors/errors.js';
import { decodeBfloat16, decodeFloat16 } from './half-float.js';

/**
 * Bits of one value for every dtype of the safetensors format, so that a tensor's byte length can be checked even if
 * this project does not load it.
 *
 * Source: `Dtype` in https://github.com/huggingface/safetensors/blob/main/safetensors/src/tensor.rs
 */
const DTYPE_BITS = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
} as const;

/** A dtype name of the safetensors format. */
export type Dtype = keyof typeof DTYPE_BITS;

/** Every dtype name of the format. */
export const FILE_DTYPES = Object.keys(DTYPE_BITS) as readonly Dtype[];

/** The dtypes that a weight may have. F64 is rounded to float32; the others become float32 without loss. */
export const LOADABLE_DTYPES = ['F32', 'F16', 'BF16', 'F64'] as const;

/** A dtype that {@link decodeFloat32} reads. */
export type LoadableDtype = (typeof LOADABLE_DTYPES)[number];

/** The dtypes in which weights are written. */
export type WritableDtype = Exclude<LoadableDtype, 'F64'>;

/** Whether `value` is a dtype name of the format. */
export function isDtype(value: unknown): value is Dtype {
  return typeof value === 'string' && Object.hasOwn(DTYPE_BITS, value);
}

/** Whether a tensor of this dtype can be loaded as float32. */
export function isLoadable(dtype: Dtype): dtype is LoadableDtype {
  return (LOADABLE_DTYPES as readonly Dtype[]).includes(dtype);
}

/**
 * Bytes that `count` values take; `undefined` if that is not a whole number of bytes (4- and 6-bit kinds) or exceeds the
 * safe integers.
 *
 * @param count number of values, a non-negative safe integer
 */
export function dtypeByteLength(dtype: Dtype, count: number): number | undefined {
  const bits = count * DTYPE_BITS[dtype];
  return Number.isSafeInteger(bits) && bits % 8 === 0 ? bits / 8 : undefined;
}

/**
 * A tensor's little-endian bytes as float32 values: exact for F16, BF16 and F32, rounded for F64.
 *
 * F32 bytes at an address that is a multiple of 4 are viewed, not copied: the result then shares the memory of
 * `bytes`. In all other cases it owns its memory.
 *
 * @param bytes the tensor's bytes as in the file
 * @param dtype one of {@link LOADABLE_DTYPES}; the audit has refused the others
 * @returns one float32 per value
 * @throws InternalError if the dtype is not loadable or the bytes are not a whole number of values: a check was missed
 */
export function decodeFloat32(bytes: Uint8Array, dtype: Dtype): Float32Array {
  if (!isLoadable(dtype)) throw new InternalError(`${dtype} cannot be read as float32.`);
  const size = DTYPE_BITS[dtype] / 8;
  if (bytes.byteLength % size !== 0) {
    throw new InternalError(`${bytes.byteLength} bytes are not a whole number of ${dtype} values.`);
  }
  // A typed array must begin at a multiple of its value size. slice() would not copy: a Buffer's shares the memory.
  const aligned = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  const count = aligned.byteLength / size;
  if (dtype === 'F32') return new Float32Array(aligned.buffer, aligned.byteOffset, count);
  if (dtype === 'F64') return Float32Array.from(new Float64Array(aligned.buffer, aligned.byteOffset, count));
  const halfs = new Uint16Array(aligned.buffer, aligned.byteOffset, count);
  return dtype === 'F16' ? decodeFloat16(halfs) : decodeBfloat16(halfs);
}
