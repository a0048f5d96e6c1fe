import type { ScoreInput } from '../../engine/types.js';

/** A row of a table of pairs. */
export interface Row {
  /** Counted from 1; in a file of lines the line, blank ones counted. */
  readonly number: number;
  /** Absent where there is a problem. */
  readonly input?: ScoreInput;
  /** Why the row cannot be scored; names the file and the row. */
  readonly problem?: string;
  /** UTF-16 units of its texts. */
  readonly length: number;
  /** Bytes of the file before the end of this row, nearly. */
  readonly endByte: number;
}

/** What rows that are scored together hold at most. */
const WINDOW = { rows: 2048, length: 2 ** 22 } as const;

/**
 * Cuts rows into windows. Where one ends depends on the rows since the beginning of that window alone, so a run that
 * goes on behind a window makes the same ones as a run that was never interrupted.
 */
export async function* cutWindows<R extends Row>(
  pieces: AsyncIterable<readonly R[]>,
  limits: { readonly rows: number; readonly length: number } = WINDOW,
): AsyncGenerator<R[]> {
  let window: R[] = [];
  let length = 0;
  for await (const piece of pieces) {
    for (const row of piece) {
      if (window.length === limits.rows || (window.length > 0 && length + row.length > limits.length)) {
        yield window;
        window = [];
        length = 0;
      }
      window.push(row);
      length += row.length;
    }
  }
  if (window.length > 0) {
    yield window;
  }
}
