import { InternalError } from '../../errors/errors.js';
import { type Dtype, decodeFloat32 } from './dtype.js';

/**
 * A table of embeddings on the host, in the dtype that it is held in: [rows, width].
 *
 * A batch needs some thousand of its hundreds of thousands of rows. So the table, most of a small checkpoint, is
 * neither decoded nor given to the backend; the rows of a batch are.
 */
export class RowTable {
  private readonly rowBytes: number;

  /** @param bytes the rows, one after the other, as they stand in a file; kept, not copied. */
  constructor(
    private readonly bytes: Uint8Array,
    private readonly dtype: Dtype,
    private readonly rows: number,
  ) {
    this.rowBytes = bytes.length / rows;
  }

  /**
   * @returns the rows of these ids, [ids, width], float32, in memory of their own.
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
