import { type FileHandle, open } from 'node:fs/promises';
import type { ColumnChunk, ColumnMetaData, FileMetaData, SchemaTree } from 'hyparquet';
import { parquetMetadataAsync, parquetSchema } from 'hyparquet';
import { InputError } from '../../../errors/errors.js';

/** A Parquet file, opened: its footer is read, its pages are not. */
export class ParquetFile {
  private constructor(
    readonly name: string,
    readonly bytes: number,
    readonly metadata: FileMetaData,
    /** The root; its children are the columns. */
    readonly schema: SchemaTree,
    private readonly handle: FileHandle,
  ) {}

  /** @throws InputError that names the file, when it is not Parquet or not whole. */
  static async open(name: string): Promise<ParquetFile> {
    const handle = await open(name);
    try {
      const { size } = await handle.stat();
      const slice = async (start: number, end = size): Promise<ArrayBuffer> => {
        const bytes = await readExactly(handle, start, end - start, name);
        return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
      };
      // Numbers in the bounds of columns are no concern here, and must not fail.
      const metadata = await parquetMetadataAsync({ byteLength: size, slice }, { geoparquet: false }).catch(
        (cause) => {
          throw new InputError(`${name} is not a whole Parquet file: ${(cause as Error).message}.`, {
            cause,
          });
        },
      );
      return new ParquetFile(name, size, metadata, parquetSchema(metadata), handle);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  get rows(): number {
    return Number(this.metadata.num_rows);
  }

  /** Bytes of the file. @throws InputError where it ends before. */
  read(start: number, length: number): Promise<Buffer> {
    return readExactly(this.handle, start, length, this.name);
  }

  /** The bytes of a column chunk, with its dictionary. */
  placeOf(chunk: ColumnChunk): {
    readonly start: number;
    readonly bytes: number;
    readonly about: ColumnMetaData;
  } {
    const about = chunk.meta_data;
    if (about === undefined || chunk.file_path !== undefined) {
      throw new InputError(
        `${this.name} is encrypted, or its columns are in other files; write it as one plain file.`,
      );
    }
    const { dictionary_page_offset: dictionary, data_page_offset: data } = about;
    const start = dictionary !== undefined && dictionary > 0n && dictionary < data ? dictionary : data;
    return { start: Number(start), bytes: Number(about.total_compressed_size), about };
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

async function readExactly(handle: FileHandle, start: number, length: number, name: string): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(length);
  for (let filled = 0; filled < length; ) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, start + filled);
    if (bytesRead === 0) {
      throw new InputError(`${name} ends before the place that its footer names; it is not whole.`);
    }
    filled += bytesRead;
  }
  return buffer;
}
