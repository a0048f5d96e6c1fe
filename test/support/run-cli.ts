import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = path.join(ROOT, 'dist/cli/main.js');

/** What a run of the command line came to. */
export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command line; `input` is all of stdin. */
export function runCli(
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

/** Builds dist/ where it is older than src/: once, however many test processes ask at a time. */
export async function buildOnce(): Promise<void> {
  const lock = path.join(os.tmpdir(), `tfjs-reranker-build-${ROOT.replaceAll(path.sep, '-')}.lock`);
  while (!tryLock(lock)) {
    await setTimeout(50); // another test process builds
  }
  try {
    if (newestIn(path.join(ROOT, 'src')) >= modifiedAt(MAIN)) {
      execFileSync('npm', ['run', '--silent', 'build:pages'], { cwd: ROOT });
      execFileSync(process.execPath, [path.join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', ROOT]);
    }
  } finally {
    rmSync(lock);
  }
}

function tryLock(lock: string): boolean {
  try {
    const file = openSync(lock, 'wx');
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch {
    releaseIfDead(lock);
    return false;
  }
}

function releaseIfDead(lock: string): void {
  try {
    const owner = Number(readFileSync(lock, 'utf8'));
    if (owner > 0) {
      process.kill(owner, 0);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') {
      rmSync(lock, { force: true });
    }
  }
}

function newestIn(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Math.max(...files.map((file) => modifiedAt(path.join(file.parentPath, file.name))));
}

function modifiedAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
