/** Headers end at a multiple of this, so that the values after them are aligned. */
const ALIGNMENT = 64;
const MAGIC = [0x93, ...new TextEncoder().encode('NUMPY'), 1, 0];

/**
 * An array as a .npy file, version 1.0, float32 little-endian in C order, in chunks to be written one after the other.
 *
 * Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function encodeNpy(shape: readonly number[], data: Float32Array): Uint8Array[] {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': (${tuple}), }`;
  const start = MAGIC.length + 2;
  const length = Math.ceil((start + dictionary.length + 1) / ALIGNMENT) * ALIGNMENT - start;
  const header = new Uint8Array(start + length);
  header.set(MAGIC);
  new DataView(header.buffer).setUint16(MAGIC.length, length, true);
  header.set(new TextEncoder().encode(`${dictionary.padEnd(length - 1)}\n`), start);
  return [header, bytesOf(data)];
}

/** The values' bytes, little-endian as on every machine that this runs on; a view. */
export function bytesOf(data: Float32Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
