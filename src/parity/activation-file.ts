import { InputError } from '../errors/errors.js';
import { openFile, readRange } from '../weights/file-range.js';
import {
  HEADER_START,
  parseSafetensorsHeader,
  safetensorsHeaderLength,
} from '../weights/format/safetensors.js';

/** An activation of the reference. */
export interface ReferenceActivation {
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array;
}

/**
 * Reads a safetensors file of float32 or float64 activations, as scripts/reference/make_golden.py writes it.
 *
 * @throws WeightNotFoundError if it cannot be read; WeightFormatError if it breaks the format; InputError for other
 * dtypes.
 */
export async function readActivations(path: string): Promise<ReadonlyMap<string, ReferenceActivation>> {
  const file = await openFile(path);
  try {
    const first8 = await readRange(file, 0, Math.min(HEADER_START, file.size));
    const start = HEADER_START + safetensorsHeaderLength(first8, file.size, path);
    const entries = parseSafetensorsHeader(await readRange(file, 0, start), file.size, path);
    const activations = new Map<string, ReferenceActivation>();
    for (const { name, dtype, shape, byteOffset, byteLength } of entries) {
      if (dtype !== 'F32' && dtype !== 'F64') {
        throw new InputError(`${path}: activation "${name}" is ${dtype}; the reference's are F32 or F64.`);
      }
      const { buffer } = await readRange(file, byteOffset, byteLength);
      const values = dtype === 'F64' ? new Float64Array(buffer) : new Float32Array(buffer);
      activations.set(name, { shape, values });
    }
    return activations;
  } finally {
    await file.handle.close();
  }
}
