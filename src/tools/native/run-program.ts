import { spawn } from 'node:child_process';

/** How a program ended. */
export interface Finished {
  /** Exit code; null if a signal ended it. */
  readonly code: number | null;
  /** Its output, UTF-8; `stdout` is empty if it was shown. */
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of {@link RunProgram}. */
export interface RunOptions {
  readonly cwd?: string | undefined;
  /** Ends the program; the call rejects with an AbortError. */
  readonly signal?: AbortSignal | undefined;
  /** Whether its stdout (such as a progress bar) goes to this process's stderr immediately. */
  readonly show?: boolean | undefined;
}

/**
 * Runs a program with these arguments, without a shell, and waits for its end.
 *
 * @returns undefined if there is no such program.
 */
export type RunProgram = (
  program: string,
  args: readonly string[],
  options?: RunOptions,
) => Promise<Finished | undefined>;

const STDERR = 2;

/** {@link RunProgram} for this machine. */
export const runProgram: RunProgram = (program, args, { cwd, signal, show = false } = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, signal, stdio: ['ignore', show ? STDERR : 'pipe', 'pipe'] });
    const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    child.stdout?.on('data', (chunk: Buffer) => chunks.stdout.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => chunks.stderr.push(chunk));
    child.on('error', (error: NodeJS.ErrnoException) => {
      const absent = error.code === 'ENOENT' || error.code === 'EACCES' || error.code === 'ENOTDIR';
      return absent ? resolve(undefined) : reject(error);
    });
    child.on('close', (code) =>
      resolve({
        code,
        stdout: Buffer.concat(chunks.stdout).toString('utf8'),
        stderr: Buffer.concat(chunks.stderr).toString('utf8'),
      }),
    );
  });

/** The most informative line of a failed program's output: the last one that matches, else the last one. */
export function tellingLine(output: string, pattern: RegExp): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return (lines.findLast((line) => pattern.test(line)) ?? lines.at(-1) ?? 'it said nothing').trim();
}
