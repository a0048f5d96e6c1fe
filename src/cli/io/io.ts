import type { Readable, Writable } from 'node:stream';

/** What a command sees of the process: its streams, its terminal, and the wish to end it. */
export interface Io {
  /** A function, because touching `process.stdin` opens it. */
  readonly stdin: () => Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Columns of the terminal; 100 where stdout is none. */
  readonly columns: number;
  /** Whether stdout may carry colours. */
  readonly colour: boolean;
  /** Columns of the terminal on stderr, on which a status line may move; undefined where it is none. */
  readonly statusColumns: number | undefined;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

const PIPED_COLUMNS = 100;

/** The streams of this process. Colours obey NO_COLOR (https://no-color.org), live lines TERM=dumb. */
export function createIo(signal: AbortSignal): Io {
  const { stdout, stderr, env } = process;
  const dumb = env.TERM === 'dumb';
  // Whoever writes learns of a closed pipe from the write itself; without a listener it would also be thrown.
  for (const stream of [stdout, stderr]) {
    stream.on('error', () => {});
  }
  return {
    stdin: () => process.stdin,
    stdout,
    stderr,
    columns: (stdout.isTTY && stdout.columns) || PIPED_COLUMNS,
    colour: stdout.isTTY === true && !dumb && !env.NO_COLOR,
    statusColumns: stderr.isTTY && !dumb ? stderr.columns || PIPED_COLUMNS : undefined,
    signal,
  };
}

/** Writes and waits until the stream took it: the back pressure of a slow reader, and the error of a gone one. */
export function writeText(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()));
  });
}
