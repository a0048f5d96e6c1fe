import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import path from 'node:path';
import { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { runCommandLine } from '../../dist/cli/run.js';

/** The repository. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = path.join(ROOT, 'dist/cli/main.js');

/** The result of a run of the command line. */
export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command line as the program does, but in this process, where modules and backend are loaded already; `input`
 * is all of stdin. For tests that need a process (signals, pipes, its end) use `runProcess` or `startCli`.
 */
export async function runCli(
  args: readonly string[],
  input: string | Uint8Array = '',
  cwd: string = ROOT,
): Promise<Result> {
  const written = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const into = (name: keyof typeof written): Writable =>
    new Writable({
      write(chunk: Buffer, _, done) {
        written[name].push(chunk);
        done();
      },
    });
  const before = process.cwd();
  process.chdir(cwd);
  const code = await runCommandLine(args, {
    stdin: () => Readable.from([Buffer.from(input)]),
    stdout: into('stdout'),
    stderr: into('stderr'),
    columns: 100,
    colour: false,
    statusColumns: undefined,
    signal: new AbortController().signal,
  });
  process.chdir(before);
  const text = (name: keyof typeof written): string => Buffer.concat(written[name]).toString('utf8');
  return { code, stdout: text('stdout'), stderr: text('stderr') };
}

/** Runs the built command line in a process of its own; `input` is all of stdin. */
export function runProcess(
  args: readonly string[],
  input: string | Uint8Array = '',
  cwd: string = ROOT,
): Promise<Result> {
  const child = startCli(args, cwd);
  child.stdin.on('error', () => {}); // a command that fails early does not read
  child.stdin.end(input);
  return finish(child);
}

/** Starts the built command line with open pipes. */
export function startCli(args: readonly string[], cwd: string = ROOT): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [MAIN, ...args], { cwd });
}

/** Waits for the end of a process. */
export async function finish(child: ChildProcessWithoutNullStreams): Promise<Result> {
  const collect = async (stream: NodeJS.ReadableStream): Promise<string> => {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) {
      chunks.push(chunk as Buffer);
    }
    return Buffer.concat(chunks).toString('utf8');
  };
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [stdout, stderr] = await Promise.all([collect(child.stdout), collect(child.stderr)]);
  return { code: await closed, stdout, stderr };
}

/** The values of JSON lines; fails on a line that is not whole. */
export function parseLines(text: string): Record<string, unknown>[] {
  const lines = text.split('\n');
  if (lines.pop() !== '') {
    throw new Error('The last line has no line end.');
  }
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}
