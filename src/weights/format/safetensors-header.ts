import { InternalError } from '../../errors/errors.js';
import { type Dtype, dtypeByteLength } from './dtype.js';

/** A tensor that will be written, without its values. */
export interface TensorHeader {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
}

/** The header is padded with spaces to a multiple of this, so that the values after it are aligned. */
const ALIGNMENT = 8;

/**
 * The beginning of a safetensors file: the header's length, then the header. After it come the tensors' bytes,
 * little-endian, in the order given and without gaps.
 *
 * Source: the format's description in https://github.com/huggingface/safetensors
 *
 * @param metadata strings about the file.
 */
export function createSafetensorsHeader(
  tensors: readonly TensorHeader[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  let offset = 0;
  const entries = tensors.map(({ name, dtype, shape }): [string, unknown] => {
    const bytes = dtypeByteLength(
      dtype,
      shape.reduce((product, size) => product * size, 1),
    );
    if (bytes === undefined) {
      throw new InternalError(
        `Tensor "${name}" of ${dtype} [${shape.join(', ')}] is not a whole number of bytes.`,
      );
    }
    const begin = offset;
    offset += bytes;
    return [name, { dtype, shape, data_offsets: [begin, offset] }];
  });
  const about = Object.keys(metadata).length === 0 ? {} : { __metadata__: metadata };
  const json = new TextEncoder().encode(JSON.stringify({ ...about, ...Object.fromEntries(entries) }));
  const length = Math.ceil(json.byteLength / ALIGNMENT) * ALIGNMENT;
  const header = new Uint8Array(8 + length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(json, 8);
  return header;
}
