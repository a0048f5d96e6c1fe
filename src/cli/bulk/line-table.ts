import { openInput } from '../io/input.js';
import type { Io } from '../io/io.js';
import { type JsonObject, withAnswer } from '../io/jsonl.js';
import { type Line, readLines } from '../io/lines.js';
import { detectPairFormat, type PairFormat, parseInputLine } from '../io/pair-lines.js';
import type { Row } from './row.js';
import type { BadRow, ScoredWindow } from './scored-window.js';
import type { OutputChoice, Table, ToAnswer, WriteBytes } from './table.js';

/** What a line may gain. */
export const ANSWERS = ['logit', 'relevance_score', 'calibrated_score', 'logits', 'label_scores'];

interface LineRow extends Row {
  readonly source: JsonObject;
}

/** Lines {"query", "document"} or {"text"}, or texts between tabs; they come back as JSON. */
export class LineTable implements Table {
  private constructor(
    private readonly file: string,
    private readonly format: PairFormat,
    private readonly io: Io,
  ) {}

  /** @param format `auto` goes by the name, else by the first line that can be read. */
  static async open(file: string, format: PairFormat | 'auto', io: Io): Promise<LineTable> {
    if (format !== 'auto') {
      return new LineTable(file, format, io);
    }
    const input = await openInput(file, io);
    try {
      for await (const lines of readLines(input)) {
        const first = lines.find(({ problem }) => problem === undefined);
        if (first !== undefined) {
          return new LineTable(file, detectPairFormat(file, first.text), io);
        }
      }
    } finally {
      input.stream.destroy();
    }
    return new LineTable(file, 'jsonl', io); // with no line that could be read, either does
  }

  async *readRows(skip: number): AsyncGenerator<LineRow[]> {
    let toSkip = skip;
    for await (const lines of readLines(await openInput(this.file, this.io))) {
      const skipped = Math.min(toSkip, lines.length);
      toSkip -= skipped;
      yield lines.slice(skipped).map((line) => this.parse(line));
    }
  }

  async writeScored(
    windows: AsyncIterable<ScoredWindow>,
    toAnswer: ToAnswer,
    choice: OutputChoice,
    write: WriteBytes,
  ): Promise<void> {
    const rows = inTurn(this.readRows(0));
    for await (const { rows: count, logits, bad } of windows) {
      const labels = logits.length / count;
      const problems = new Map(bad.map((row) => [row.index, row]));
      const texts: string[] = [];
      for (let i = 0; i < count; i++) {
        const row = (await rows.next()).value as LineRow;
        const problem = problems.get(i);
        if (problem === undefined || !choice.quarantine) {
          const answer =
            problem === undefined
              ? toAnswer(logits.subarray(i * labels, (i + 1) * labels))
              : errorOf(problem);
          texts.push(withAnswer(row.source, answer, ANSWERS, leftOut(row.source, choice)));
        }
      }
      await write(texts.join(''));
    }
    await rows.return(undefined);
  }

  async close(): Promise<void> {}

  private parse(line: Line): LineRow {
    const { number, endByte, text } = line;
    const parsed = parseInputLine(line, this.format, this.file);
    const known = { number, endByte, length: text.length, source: parsed.source };
    return 'error' in parsed ? { ...known, problem: parsed.error } : { ...known, input: parsed.input };
  }
}

function errorOf({ row, reason }: BadRow): Record<string, unknown> {
  return { error: reason, line: row };
}

function leftOut({ fields }: JsonObject, { columns }: OutputChoice): string[] {
  return columns === undefined ? [] : Object.keys(fields).filter((name) => !columns.includes(name));
}

async function* inTurn<T>(pieces: AsyncIterable<readonly T[]>): AsyncGenerator<T> {
  for await (const piece of pieces) {
    yield* piece;
  }
}
