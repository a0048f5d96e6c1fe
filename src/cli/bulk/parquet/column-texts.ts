import type { ColumnChunk, DecodedArray, SchemaTree } from 'hyparquet';
import { parquetHeader, readPage } from 'hyparquet/src/column.js';
import { convert, DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import type { ColumnDecoder, PageHeader } from 'hyparquet/src/types.js';
import { compressors } from 'hyparquet-compressors';
import { InputError } from '../../../errors/errors.js';
import type { ParquetFile } from './parquet-file.js';

/** A value of a text column: a text, null, or bytes that are not UTF-8. */
export type TextValue = string | null | typeof NOT_UTF8;

export const NOT_UTF8 = Symbol('not UTF-8');

/** Codecs that are read; others are refused by name. */
const CODECS = ['UNCOMPRESSED', 'SNAPPY', 'ZSTD', 'GZIP'];
/** A page's header holds the smallest and the largest value, which may be long. */
const HEADER_BYTES = 2 ** 12;
const MAX_HEADER_BYTES = 2 ** 24;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @throws InputError where a column holds no texts, or is compressed in another way. */
export function assertTexts(file: ParquetFile, column: SchemaTree): void {
  const { element, children } = column;
  const { type, converted_type: converted, logical_type: logical, name } = element;
  const isText =
    type === 'BYTE_ARRAY' &&
    (converted === undefined || converted === 'UTF8') &&
    (logical === undefined || logical.type === 'STRING');
  if (children.length > 0 || element.repetition_type === 'REPEATED' || !isText) {
    const what = children.length > 0 ? 'nested' : (converted ?? logical?.type ?? type ?? 'of no type');
    throw new InputError(
      `${file.name}: the column "${name}" is ${what}; texts are needed (a string column).`,
    );
  }
  for (const group of file.metadata.row_groups) {
    const chunk = chunkOf(group.columns, name);
    const { codec } = file.placeOf(chunk).about;
    if (!CODECS.includes(codec)) {
      throw new InputError(
        `${file.name}: the column "${name}" is compressed with ${codec}; SNAPPY, ZSTD, GZIP and none are read.`,
      );
    }
  }
}

/** The chunk of a column that is not nested. */
export function chunkOf(columns: readonly ColumnChunk[], name: string): ColumnChunk {
  return columns.find(({ meta_data: about }) => about?.path_in_schema.join('.') === name) as ColumnChunk;
}

/**
 * The texts of one column chunk, a page at a time: no more than a page is in memory, however large the row group is.
 *
 * @param skip rows to leave out; their pages are not decompressed.
 */
export async function* readTexts(
  file: ParquetFile,
  chunk: ColumnChunk,
  path: readonly [SchemaTree, SchemaTree],
  skip: number,
): AsyncGenerator<TextValue[]> {
  const { start, bytes, about } = file.placeOf(chunk);
  const column: ColumnDecoder = {
    pathInSchema: about.path_in_schema,
    type: about.type,
    element: path[1].element,
    schemaPath: [...path],
    codec: about.codec,
    compressors,
    parsers: { ...DEFAULT_PARSERS, stringFromBytes },
  };
  let dictionary: DecodedArray | undefined;
  let toSkip = skip;
  for (let at = start; at < start + bytes; ) {
    const { header, length } = await readHeader(file, at, start + bytes);
    at += length;
    const rows = header.data_page_header?.num_values ?? header.data_page_header_v2?.num_rows ?? 0;
    const size = header.compressed_page_size;
    if (header.type === 'DICTIONARY_PAGE' || (rows > 0 && rows > toSkip)) {
      const page = await file.read(at, size);
      const reader = { view: new DataView(page.buffer, page.byteOffset, size), offset: 0 };
      const { data = [] } = readPage(reader, header, column, dictionary, undefined, 0);
      if (header.type === 'DICTIONARY_PAGE') {
        dictionary = convert(data, column);
      } else {
        yield Array.from(data as ArrayLike<TextValue | undefined>, (value) => value ?? null).slice(toSkip);
      }
    }
    toSkip = Math.max(0, toSkip - rows);
    at += size;
  }
}

function stringFromBytes(bytes: Uint8Array | undefined): TextValue | undefined {
  if (bytes === undefined || bytes === null) return bytes;
  try {
    return decoder.decode(bytes);
  } catch {
    return NOT_UTF8;
  }
}

async function readHeader(
  file: ParquetFile,
  at: number,
  end: number,
): Promise<{ header: PageHeader; length: number }> {
  for (let tried = HEADER_BYTES; ; tried *= 16) {
    const bytes = await file.read(at, Math.min(tried, end - at));
    const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), offset: 0 };
    try {
      const header = parquetHeader(reader);
      if (reader.offset <= bytes.length) return { header, length: reader.offset };
    } catch (cause) {
      if (!(cause instanceof RangeError) || tried > MAX_HEADER_BYTES || bytes.length === end - at) {
        throw new InputError(
          `${file.name}: the page at byte ${at} cannot be read: ${(cause as Error).message}.`,
          {
            cause,
          },
        );
      }
    }
  }
}
