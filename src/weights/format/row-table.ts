import { InternalError } from '../../errors/errors.js';
import { type Dtype, decodeFloat32 } from './dtype.js';

/**
 * An embedding table on the host, in the dtype of its bytes: [rows, width].
 *
 * A batch needs some thousand of its hundreds of thousands of rows. Only these are decoded and given to the backend,
 * not the whole table, which is most of a small checkpoint.
 */
export class RowTable {
  private readonly rowBytes: number;

  /** @param bytes the rows, one after the other, as in a file; kept, not copied. */
  constructor(
    private readonly bytes: Uint8Array,
    private readonly dtype: Dtype,
    private readonly rows: number,
  ) {
    this.rowBytes = bytes.length / rows;
  }

  /**
   * @returns the rows with these ids, [ids, width], float32, in memory of their own.
   * @throws InternalError when an id is not a row.
   */
  lookUp(ids: ArrayLike<number>): Float32Array {
    const { bytes, rowBytes } = this;
    const found = new Uint8Array(ids.length * rowBytes);
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i] as number;
      if (!(id >= 0 && id < this.rows)) {
        throw new InternalError(`Id ${id} is looked up in a table of ${this.rows} rows.`);
      }
      found.set(bytes.subarray(id * rowBytes, (id + 1) * rowBytes), i * rowBytes);
    }
    return decodeFloat32(found, this.dtype);
  }
}
