import type { Checkpoint, CheckpointEntry } from '../../dist/weights/checkpoint.js';

/** A checkpoint of float32 tensors without a file. */
export function memoryCheckpoint(
  tensors: Record<string, { readonly shape: readonly number[]; readonly values: readonly number[] }>,
): Checkpoint {
  const bytes = new Map<string, Uint8Array>();
  const entries = new Map<string, CheckpointEntry>();
  let byteOffset = 0;
  for (const [name, { shape, values }] of Object.entries(tensors)) {
    const data = new Uint8Array(Float32Array.from(values).buffer);
    bytes.set(name, data);
    entries.set(name, { name, dtype: 'F32', shape, byteOffset, byteLength: data.length, file: 'memory' });
    byteOffset += data.length;
  }
  return {
    folder: 'memory',
    entries,
    byteLength: byteOffset,
    async read(name, range) {
      const data = bytes.get(name);
      if (data === undefined) {
        throw new Error(`no tensor ${name}`);
      }
      return range === undefined ? data.slice() : data.slice(range.start, range.start + range.length);
    },
    async close() {},
  };
}
