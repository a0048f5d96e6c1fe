import type { Row } from './row.js';
import type { ScoredWindow } from './scored-window.js';

/** What an output holds beside the scores. */
export interface OutputChoice {
  /** Columns of the input to keep; undefined keeps all. */
  readonly columns: readonly string[] | undefined;
  /** Whether bad rows are listed elsewhere, and so left out where the format can. */
  readonly quarantine: boolean;
}

/** Takes bytes of a file, in their order. */
export type WriteBytes = (bytes: Uint8Array | string) => Promise<void>;

/** What a model's logits become. */
export type ToAnswer = (logits: ArrayLike<number>) => Readonly<Record<string, unknown>>;

/** One input file, opened. */
export interface Table {
  /** Rows in pieces, without the first ones. */
  readRows(skip: number, signal: AbortSignal): AsyncGenerator<readonly Row[]>;
  /** Writes the rows again with their scores. */
  writeScored(
    windows: AsyncIterable<ScoredWindow>,
    toAnswer: ToAnswer,
    choice: OutputChoice,
    write: WriteBytes,
  ): Promise<void>;
  close(): Promise<void>;
}
