import { stat } from 'node:fs/promises';
import path from 'node:path';
import { glob } from 'tinyglobby';
import { InputError } from '../../errors/errors.js';

/** An input file and the output that it gets. */
export interface FilePlan {
  readonly input: string;
  /** Undefined where none is written. */
  readonly output: string | undefined;
}

/** What is taken from a folder. */
const TAKEN = /\.(jsonl|ndjson|json|tsv|parquet)$/i;
/** What a pattern cannot be without. */
const MAGIC = /[*?[\]{}()!]/;

/** Whether a path means several files: a folder, or a pattern where there is no file of that name. */
export async function isFolderOrGlob(input: string): Promise<boolean> {
  const stats = await stat(input).catch(() => undefined);
  return stats === undefined ? MAGIC.test(input) : stats.isDirectory();
}

/**
 * The files that `--input` means, in the order of their names, each with its output. In an output folder, a file has
 * the name and the relative path that it has in the input folder, or behind the fixed part of the pattern.
 *
 * @throws InputError when there is none, or when an output is an input.
 * @returns files of a folder that no format fits, too.
 */
export async function planFiles(
  input: string,
  output: string | undefined,
): Promise<{ readonly files: FilePlan[]; readonly ignored: string[] }> {
  if (await isFolderOrGlob(input)) {
    return planFolder(input, output);
  }
  if (!(await isThere(input))) {
    throw new InputError(`The file ${input} does not exist.`);
  }
  const intoFolder = output !== undefined && (/[/\\]$/.test(output) || (await isFolder(output)));
  const file = intoFolder ? path.join(output, outputName(path.basename(input))) : output;
  if (file !== undefined) {
    await assertOther(input, file);
    if (isParquet(input) !== isParquet(file)) {
      const wanted = isParquet(input) ? 'Parquet' : 'JSON lines';
      throw new InputError(`${file}: the output of ${input} is ${wanted}; give it a name that says so.`);
    }
  }
  return { files: [{ input, output: file }], ignored: [] };
}

async function planFolder(
  input: string,
  output: string | undefined,
): Promise<{ files: FilePlan[]; ignored: string[] }> {
  const isDirectory = await isFolder(input);
  const [base, pattern] = isDirectory ? [input, '**/*'] : splitGlob(input);
  if (output !== undefined && (await isThere(output)) && !(await isFolder(output))) {
    throw new InputError(
      `${output} is a file; ${input} may be several, which need a folder for their outputs.`,
    );
  }
  const found = (await glob(pattern, { cwd: base, onlyFiles: true, expandDirectories: false }))
    .map((name) => path.normalize(name))
    .filter((name) => !name.split(path.sep).some((part) => /^[._]/.test(part)))
    .filter((name) => output === undefined || isOutside(path.join(base, name), output))
    .sort((a, b) => (a < b ? -1 : 1));
  const names = isDirectory ? found.filter((name) => TAKEN.test(name)) : found;
  if (names.length === 0) {
    throw new InputError(
      isDirectory
        ? `${input} has no file that ends in .jsonl, .ndjson, .json, .tsv or .parquet.`
        : `No file matches ${input}.`,
    );
  }
  const files = names.map((name) => ({
    input: path.join(base, name),
    output: output === undefined ? undefined : path.join(output, outputName(name)),
  }));
  const owners = new Map<string | undefined, string>();
  for (const file of files) {
    const owner = owners.get(file.output);
    if (owner !== undefined && file.output !== undefined) {
      throw new InputError(`${owner} and ${file.input} have the same output, ${file.output}. Rename one.`);
    }
    owners.set(file.output, file.input);
    if (file.output !== undefined) await assertOther(file.input, file.output);
  }
  return { files, ignored: found.filter((name) => !names.includes(name)) };
}

export function isParquet(file: string): boolean {
  return /\.parquet$/i.test(file);
}

/** What comes of tab-separated texts is JSON, and says so. */
function outputName(name: string): string {
  return /\.tsv$/i.test(name) ? `${name}.jsonl` : name;
}

/** The folder before the first part with a wildcard, and the rest. */
function splitGlob(pattern: string): [string, string] {
  const parts = pattern.split('/');
  const first = parts.findIndex((part) => MAGIC.test(part));
  const base = parts.slice(0, first).join('/');
  return [base === '' ? (pattern.startsWith('/') ? '/' : '.') : base, parts.slice(first).join('/')];
}

function isOutside(file: string, folder: string): boolean {
  const relative = path.relative(folder, file);
  return relative.startsWith('..') || path.isAbsolute(relative);
}

async function assertOther(input: string, output: string): Promise<void> {
  const [one, other] = await Promise.all([input, output].map((file) => stat(file).catch(() => undefined)));
  if (one !== undefined && one.ino === other?.ino && one.dev === other.dev) {
    throw new InputError(`${output} is the input too; give another file for the output.`);
  }
}

async function isThere(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined)) !== undefined;
}

async function isFolder(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined))?.isDirectory() === true;
}
