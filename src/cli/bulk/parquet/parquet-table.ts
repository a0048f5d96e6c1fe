import type { SchemaTree } from 'hyparquet';
import { InputError } from '../../../errors/errors.js';
import type { Row } from '../row.js';
import type { ScoredWindow } from '../scored-window.js';
import type { OutputChoice, Table, ToAnswer, WriteBytes } from '../table.js';
import { assertTexts, chunkOf, NOT_UTF8, readTexts, type TextValue } from './column-texts.js';
import { ParquetFile } from './parquet-file.js';
import { assertColumns, writeScoredCopy } from './scored-copy.js';

/** A Parquet file with columns `query` and `document`, or `text` alone. */
export class ParquetTable implements Table {
  private constructor(
    private readonly file: ParquetFile,
    private readonly columns: readonly SchemaTree[],
  ) {}

  /** @throws InputError when it has not the columns, or when they cannot be read. */
  static async open(name: string, keep: readonly string[] | undefined): Promise<ParquetTable> {
    const file = await ParquetFile.open(name);
    try {
      const byName = new Map(file.schema.children.map((column) => [column.element.name, column]));
      const needed =
        byName.has('text') && !byName.has('query') && !byName.has('document')
          ? ['text']
          : ['query', 'document'];
      const columns = needed.map((column) => {
        const found = byName.get(column);
        if (found === undefined) {
          throw new InputError(
            `${name} has no column "${column}". It has ${[...byName.keys()].join(', ')}; "query" and "document" are needed, or "text" alone.`,
          );
        }
        assertTexts(file, found);
        return found;
      });
      assertColumns(file, keep);
      return new ParquetTable(file, columns);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Rows in all; they are known without reading them. */
  get rows(): number {
    return this.file.rows;
  }

  async *readRows(skip: number, signal: AbortSignal): AsyncGenerator<Row[]> {
    let number = 0;
    for (const group of this.file.metadata.row_groups) {
      const rows = Number(group.num_rows);
      const skipped = Math.min(rows, Math.max(0, skip - number));
      number += skipped;
      if (skipped === rows) continue;
      const readers = this.columns.map((column) =>
        readTexts(
          this.file,
          chunkOf(group.columns, column.element.name),
          [this.file.schema, column],
          skipped,
        ),
      );
      for await (const texts of zip(readers)) {
        signal.throwIfAborted();
        yield texts.map((values) => this.toRow(values, ++number));
      }
    }
  }

  writeScored(
    windows: AsyncIterable<ScoredWindow>,
    toAnswer: ToAnswer,
    { columns }: OutputChoice,
    write: WriteBytes,
  ): Promise<void> {
    return writeScoredCopy(this.file, windows, toAnswer, columns, write);
  }

  close(): Promise<void> {
    return this.file.close();
  }

  private toRow(values: readonly TextValue[], number: number): Row {
    const endByte = (this.file.bytes * number) / this.rows;
    const bad = values.findIndex((value) => typeof value !== 'string');
    if (bad !== -1) {
      const what = values[bad] === NOT_UTF8 ? 'not UTF-8' : 'null';
      const problem = `${this.file.name} row ${number}: "${this.columns[bad]?.element.name}" is ${what}; a text is needed.`;
      return { number, endByte, length: 0, problem };
    }
    const [first, second] = values as readonly string[];
    const input = second === undefined ? (first as string) : { query: first as string, document: second };
    return { number, endByte, length: (first?.length ?? 0) + (second?.length ?? 0), input };
  }
}

/** Rows of several columns, whose pages end in different places. */
async function* zip(readers: readonly AsyncGenerator<TextValue[]>[]): AsyncGenerator<TextValue[][]> {
  const waiting: TextValue[][] = readers.map(() => []);
  for (;;) {
    for (const [i, reader] of readers.entries()) {
      while (waiting[i]?.length === 0) {
        const next = await reader.next();
        if (next.done) return;
        waiting[i] = next.value;
      }
    }
    const rows = Math.min(...waiting.map(({ length }) => length));
    yield Array.from({ length: rows }, (_, row) => waiting.map((values) => values[row] as TextValue));
    for (const [i, values] of waiting.entries()) {
      waiting[i] = values.slice(rows);
    }
  }
}
