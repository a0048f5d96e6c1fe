import type {
  ColumnChunk,
  ConvertedType,
  FileMetaData,
  KeyValue,
  SchemaElement,
  SchemaTree,
} from 'hyparquet';
import { ByteWriter } from 'hyparquet-writer';
import { writeColumn } from 'hyparquet-writer/src/column.js';
import { writeMetadata } from 'hyparquet-writer/src/metadata.js';
import { snappyCompress } from 'hyparquet-writer/src/snappy.js';
import { InputError } from '../../../errors/errors.js';
import type { ScoredWindow } from '../scored-window.js';
import type { ToAnswer, WriteBytes } from '../table.js';
import type { ParquetFile } from './parquet-file.js';

const NEW_COLUMNS = [
  { name: 'logit', type: 'DOUBLE', repetition_type: 'OPTIONAL' },
  { name: 'relevance_score', type: 'DOUBLE', repetition_type: 'OPTIONAL' },
  { name: 'tokens', type: 'INT32', repetition_type: 'OPTIONAL' },
  { name: 'tokens_cut', type: 'INT32', repetition_type: 'OPTIONAL' },
] as const satisfies readonly SchemaElement[];
const CALIBRATED_COLUMN = {
  name: 'calibrated_score',
  type: 'DOUBLE',
  repetition_type: 'OPTIONAL',
} as const satisfies SchemaElement;
type NewColumn = (typeof NEW_COLUMNS)[number] | typeof CALIBRATED_COLUMN;

const MAGIC = 'PAR1';
const COPY_BYTES = 2 ** 20;
const SPARK_SCHEMA = 'org.apache.spark.sql.parquet.row.metadata';

/** @throws InputError when the file lacks one of the columns that are to come back. */
export function assertColumns({ name, schema }: ParquetFile, keep: readonly string[] | undefined): void {
  const names = schema.children.map(({ element }) => element.name);
  const missing = keep?.find((column) => !names.includes(column));
  if (missing !== undefined) {
    throw new InputError(`${name} has no column "${missing}" (--columns). It has ${names.join(', ')}.`);
  }
}

/**
 * Writes a Parquet file again, with the scores as further columns. The pages of the other columns are copied as they
 * are, so that their values come back to the bit, whatever their type, encoding and codec. Row groups stay the same.
 */
export async function writeScoredCopy(
  file: ParquetFile,
  windows: AsyncIterable<ScoredWindow>,
  toAnswer: ToAnswer,
  keep: readonly string[] | undefined,
  write: WriteBytes,
): Promise<void> {
  const { metadata, schema } = file;
  const added: readonly NewColumn[] =
    toAnswer([0]).calibrated_score === undefined ? NEW_COLUMNS : [...NEW_COLUMNS, CALIBRATED_COLUMN];
  const ours: readonly string[] = [...NEW_COLUMNS, CALIBRATED_COLUMN].map(({ name }) => name);
  const kept = schema.children.filter(
    ({ element: { name } }) => !ours.includes(name) && (keep === undefined || keep.includes(name)),
  );
  const keptNames = new Set(kept.map(({ element }) => element.name));
  const scores = new RowScores(windows, toAnswer, added);
  const rowGroups: FileMetaData['row_groups'] = [];
  await write(MAGIC);
  let offset = MAGIC.length;
  for (const group of metadata.row_groups) {
    const begin = offset;
    const columns: ColumnChunk[] = [];
    for (const chunk of group.columns) {
      const { start, bytes, about } = file.placeOf(chunk);
      if (keptNames.has(about.path_in_schema[0] as string)) {
        for (let done = 0; done < bytes; done += COPY_BYTES) {
          await write(await file.read(start + done, Math.min(COPY_BYTES, bytes - done)));
        }
        columns.push(moved(chunk, offset - start));
        offset += bytes;
      }
    }
    const values = await scores.take(Number(group.num_rows));
    for (const [i, element] of added.entries()) {
      const written = encodeColumn(schema.element, element, values[i] as (number | null)[], offset);
      await write(written.bytes);
      columns.push(written.chunk);
      offset += written.bytes.length;
    }
    const { num_rows, total_byte_size: _, file_offset: __, sorting_columns: ___, ...rest } = group;
    const uncompressed = columns.reduce(
      (sum, { meta_data: about }) => sum + (about?.total_uncompressed_size ?? 0n),
      0n,
    );
    rowGroups.push({
      ...rest,
      columns,
      num_rows,
      total_byte_size: uncompressed,
      total_compressed_size: BigInt(offset - begin),
      file_offset: BigInt(begin),
    });
  }
  const writer = new ByteWriter();
  writer.offset = offset;
  const elements = [
    { ...schema.element, num_children: kept.length + added.length },
    ...kept.flatMap(flatten),
    ...added,
  ];
  const about = aboutTheFile(metadata.key_value_metadata, keptNames, keep === undefined, added);
  const { key_value_metadata: _, ...others } = metadata;
  writeMetadata(writer, {
    ...others,
    schema: elements,
    row_groups: rowGroups,
    ...(about && { key_value_metadata: about }),
  });
  await write(writer.getBytes());
  await write(MAGIC);
}

/** The scores of rows, of windows that end elsewhere than row groups. */
class RowScores {
  private readonly iterator: AsyncIterator<ScoredWindow>;
  private window: ScoredWindow | undefined;
  private used = 0;
  private bad = new Set<number>();

  constructor(
    windows: AsyncIterable<ScoredWindow>,
    private readonly toAnswer: ToAnswer,
    private readonly added: readonly NewColumn[],
  ) {
    this.iterator = windows[Symbol.asyncIterator]();
  }

  /** The values of the next rows, column by column; null where a row has no score. */
  async take(rows: number): Promise<(number | null)[][]> {
    const columns: (number | null)[][] = this.added.map(() => []);
    for (let row = 0; row < rows; row++) {
      if (this.window === undefined || this.used === this.window.rows) {
        this.window = (await this.iterator.next()).value as ScoredWindow;
        this.used = 0;
        this.bad = new Set(this.window.bad.map(({ index }) => index));
      }
      const { logits, tokens, cut } = this.window;
      const i = this.used++;
      const values = { ...this.toAnswer(logits.subarray(i, i + 1)), tokens: tokens[i], tokens_cut: cut[i] };
      for (const [column, { name }] of this.added.entries()) {
        columns[column]?.push(this.bad.has(i) ? null : (values as Record<NewColumn['name'], number>)[name]);
      }
    }
    return columns;
  }
}

/** A chunk that stands elsewhere now. Its indexes and bounds, which are copies of what the pages hold, are left out. */
function moved(chunk: ColumnChunk, by: number): ColumnChunk {
  const about = chunk.meta_data as NonNullable<ColumnChunk['meta_data']>;
  const { dictionary_page_offset: dictionary, statistics, ...others } = about;
  const { index_page_offset: _, bloom_filter_offset: __, bloom_filter_length: ___, ...found } = others;
  const { size_statistics: ____, ...rest } = found;
  const shift = BigInt(by);
  return {
    file_offset: 0n,
    meta_data: {
      ...rest,
      data_page_offset: about.data_page_offset + shift,
      ...(dictionary !== undefined && dictionary > 0n && { dictionary_page_offset: dictionary + shift }),
      ...(statistics?.null_count !== undefined && { statistics: { null_count: statistics.null_count } }),
    },
  };
}

function encodeColumn(
  root: SchemaElement,
  element: SchemaElement,
  values: (number | null)[],
  offset: number,
): { readonly bytes: Uint8Array; readonly chunk: ColumnChunk } {
  const writer = new ByteWriter();
  writer.offset = offset;
  const { chunk } = writeColumn({
    writer,
    column: {
      columnName: element.name,
      element,
      schemaPath: [root, element],
      codec: 'SNAPPY',
      compressors: { SNAPPY: snappyCompress },
      stats: true,
      pageSize: COPY_BYTES,
      columnIndex: false,
      offsetIndex: false,
    },
    pageData: {
      values,
      definitionLevels: values.map((value) => (value === null ? 0 : 1)),
      repetitionLevels: [],
      maxDefinitionLevel: 1,
    },
  });
  return { bytes: writer.getBytes(), chunk };
}

function flatten({ element, children }: SchemaTree): SchemaElement[] {
  return [toWritable(element), ...children.flatMap(flatten)];
}

/** hyparquet-writer writes an integer's width in a form that Arrow refuses; the older name of the type says the same. */
function toWritable(element: SchemaElement): SchemaElement {
  const { logical_type: logical, ...rest } = element;
  if (logical?.type !== 'INTEGER') return element;
  const name = `${logical.isSigned ? 'INT' : 'UINT'}_${logical.bitWidth}` as ConvertedType;
  return { ...rest, converted_type: name };
}

/**
 * What programs say of a file, for its new columns. Arrow's schema is left out, and pandas's where columns are: they would no longer fit; Spark's gets the
 * columns, because Spark sees those alone that it names.
 */
function aboutTheFile(
  pairs: KeyValue[] | undefined,
  kept: ReadonlySet<string>,
  allKept: boolean,
  added: readonly NewColumn[],
): KeyValue[] | undefined {
  const left = pairs?.filter(({ key }) => key !== 'ARROW:schema' && (allKept || key !== 'pandas'));
  // An empty list cannot be written.
  return left?.length
    ? left.map(({ key, value }) => ({
        key,
        value: key === SPARK_SCHEMA ? sparkSchema(value ?? '{}', kept, added) : (value ?? ''),
      }))
    : undefined;
}

function sparkSchema(text: string, kept: ReadonlySet<string>, columns: readonly NewColumn[]): string {
  const schema = JSON.parse(text) as { fields: { name: string }[] };
  const added = columns.map(({ name, type }) => ({
    ...{ name, type: type === 'DOUBLE' ? 'double' : 'integer', nullable: true, metadata: {} },
  }));
  return JSON.stringify({
    ...schema,
    fields: [...schema.fields.filter(({ name }) => kept.has(name)), ...added],
  });
}
