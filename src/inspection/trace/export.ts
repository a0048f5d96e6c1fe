import path from 'node:path';
import type { ModelInfo } from '../../engine/types.js';
import { InputError } from '../../errors/errors.js';
import { writeWhole } from '../../files/write-whole.js';
import { createSafetensorsHeader } from '../../weights/format/safetensors-header.js';
import { bytesOf, encodeNpy } from './npy.js';
import type { TracedPair } from './traced.js';

/** An array with a name. */
export interface NamedArray {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Arrays as a .safetensors file, float32, in chunks to be written one after the other. */
export function encodeSafetensors(
  arrays: readonly NamedArray[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  const headers = arrays.map(({ name, shape }) => ({ name, dtype: 'F32' as const, shape }));
  return [createSafetensorsHeader(headers, metadata), ...arrays.map(({ data }) => bytesOf(data))];
}

/**
 * Writes traced pairs. The ending of the path decides: `.npy` holds one activation of one pair; `.safetensors` has the
 * activations of a single pair under their own names, those of several pairs as `pairs.0.NAME`; or `.json`. Any other
 * path is a folder, which gets `pairs.json` and a .npy for each activation, `NAME.npy` or `pairs.0.NAME.npy`.
 *
 * The tokens of each pair are in the JSON and, as JSON under `pairs`, in the metadata of .safetensors; .npy has none.
 *
 * @returns the files written.
 * @throws OutputError if a file cannot be written; InputError if a .npy would have to hold several arrays.
 */
export async function exportTrace(
  target: string,
  pairs: readonly TracedPair[],
  info: ModelInfo,
): Promise<string[]> {
  const arrays = pairs.flatMap(({ activations }, i) =>
    Array.from(activations.values(), ({ name, shape, data }) => ({
      name: pairs.length === 1 ? name : `pairs.${i}.${name}`,
      shape,
      data,
    })),
  );
  const write = async (file: string, content: string | readonly Uint8Array[]): Promise<string> => {
    await writeWhole(file, content);
    return file;
  };
  switch (path.extname(target).toLowerCase()) {
    case '.npy': {
      const [array] = arrays;
      if (array === undefined || arrays.length > 1) {
        throw new InputError(
          `A .npy file holds one array, and ${arrays.length} were traced. Name one activation of one pair, or give a ` +
            '.safetensors file or a folder.',
        );
      }
      return [await write(target, encodeNpy(array.shape, array.data))];
    }
    case '.safetensors': {
      const about = { model: info.model, dtype: info.dtype, pairs: JSON.stringify(pairs.map(describePair)) };
      return [await write(target, encodeSafetensors(arrays, about))];
    }
    case '.json':
      return [await write(target, `${JSON.stringify(toJson(pairs, info))}\n`)];
    default: {
      const about = { model: info.model, dtype: info.dtype, pairs: pairs.map(describePair) };
      const files = [await write(path.join(target, 'pairs.json'), `${JSON.stringify(about)}\n`)];
      for (const { name, shape, data } of arrays) {
        files.push(await write(path.join(target, `${name}.npy`), encodeNpy(shape, data)));
      }
      return files;
    }
  }
}

/** A pair without its activations, as it is written to files. */
function describePair({ query, document, tokens, logits }: TracedPair): Record<string, unknown> {
  return { query, document, tokens, logits };
}

function toJson(pairs: readonly TracedPair[], { model, dtype }: ModelInfo): Record<string, unknown> {
  return {
    model,
    dtype,
    pairs: pairs.map((pair) => ({
      ...describePair(pair),
      activations: Object.fromEntries(
        Array.from(pair.activations.values(), ({ name, dimensions, shape, data }) => [
          name,
          { dimensions, shape, data: Array.from(data) },
        ]),
      ),
    })),
  };
}
