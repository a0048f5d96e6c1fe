import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { InputError, ModelChangedError } from '../errors/errors.js';
import { asOutputError, writeWhole } from '../files/write-whole.js';
import { hashFiles, listModelFiles } from './fingerprint.js';
import type { ResolvedModel } from './model-id.js';
import { isCommit, parseModelId } from './model-id.js';
import { withLock } from './process-lock.js';

const HASH = z.string().regex(/^[0-9a-f]{64}$/);
const ENTRY = z.object({
  /** For a model of the hub. */
  commit: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .optional(),
  /** sha256 by file name. */
  files: z.record(z.string(), HASH),
});
const FILE = z.object({ lockfile_version: z.literal(1), models: z.record(z.string(), ENTRY) });

type LockEntry = z.infer<typeof ENTRY>;

/** The exact models that a project runs, by the name that is asked for. */
export interface LockFile {
  readonly path: string;
  readonly models: Readonly<Record<string, LockEntry>>;
}

/** @throws InputError if the file does not exist, or is no lock file. */
export async function readLockFile(file: string): Promise<LockFile> {
  const lock = await readIfThere(file);
  if (lock === undefined) {
    throw new InputError(`There is no lock file ${file}. Create it: tfjs-reranker pull MODEL --lock`);
  }
  return lock;
}

/**
 * The commit to which a name of the hub is locked.
 *
 * @param model as it is asked for: `owner/name` or `owner/name@revision`
 * @throws InputError if the file does not have it.
 */
export function lockedCommit(lock: LockFile, model: string): string {
  const commit = findEntry(lock, model)?.commit;
  if (commit === undefined) throw lacks(lock, model);
  return commit;
}

/** Adds a model to the lock file, or replaces its entry. The others stay. */
export async function writeLock(
  file: string,
  asked: string,
  { folder, revision }: ResolvedModel,
): Promise<void> {
  const key = revision === undefined ? keyOfFolder(file, folder) : asked;
  const { small, weights } = await listModelFiles(folder);
  const files = await hashFiles(folder, [...small, ...weights]);
  const entry: LockEntry = { ...(revision !== undefined && { commit: revision }), files };
  // Two processes that write at the same time would overwrite each other's entry.
  await withLock(`${file}.writing`, async () => {
    const models = { ...(await readIfThere(file))?.models, [key]: entry };
    const sorted = Object.fromEntries(Object.entries(models).sort(([a], [b]) => (a < b ? -1 : 1)));
    await writeWhole(file, `${JSON.stringify({ lockfile_version: 1, models: sorted }, undefined, 2)}\n`);
  }).catch((cause) => {
    throw asOutputError(file, cause);
  });
}

/**
 * Checks that a model is the locked one. The embedded model is not checked: it is part of the package, which the
 * project's own lock file holds.
 *
 * @param parts `tokenizer` leaves the weights out
 * @throws ModelChangedError that names the differences; InputError if the lock file does not have the model.
 */
export async function assertLocked(
  file: string,
  { folder, reference }: ResolvedModel,
  parts: 'all' | 'tokenizer' = 'all',
): Promise<void> {
  if (reference === undefined) return;
  const lock = await readLockFile(file);
  const entry = findEntry(lock, reference);
  if (entry === undefined) throw lacks(lock, reference);
  const { small, weights } = await listModelFiles(folder);
  const isWeight = (name: string): boolean => /\.safetensors(\.index\.json)?$/.test(name);
  const expected = Object.entries(entry.files).filter(([name]) => parts === 'all' || !isWeight(name));
  const actual = await hashFiles(folder, parts === 'all' ? [...small, ...weights] : small);
  const files = differences(Object.fromEntries(expected), actual);
  if (files.length > 0) {
    throw new ModelChangedError(
      `${reference} is not the model of ${file}; changed: ${files.length === 1 ? 'file' : 'files'} ${shorten(files)}.\n` +
        'If the change is intended: tfjs-reranker pull MODEL --lock',
      files,
    );
  }
}

function shorten(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ');
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}

/** Keys whose values differ, from both sides. */
function differences(
  expected: Readonly<Record<string, string>>,
  actual: Readonly<Record<string, string>>,
): string[] {
  const names = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  return [...names].filter((name) => expected[name] !== actual[name]).sort();
}

function findEntry(lock: LockFile, model: string): LockEntry | undefined {
  const { models } = lock;
  if (path.isAbsolute(model)) return models[keyOfFolder(lock.path, model)];
  const asked = parseModelId(model);
  if (asked === undefined || !isCommit(asked.revision)) return models[model];
  const same = Object.entries(models).find(
    ([key, { commit }]) => commit === asked.revision && parseModelId(key)?.id === asked.id,
  );
  return same?.[1];
}

/** A folder's path in a lock file: relative to it, so that a project can be moved. */
function keyOfFolder(file: string, folder: string): string {
  const relative = path.relative(path.dirname(path.resolve(file)), folder).replaceAll(path.sep, '/');
  return relative.startsWith('..') || path.isAbsolute(relative) ? relative : `./${relative}`;
}

function lacks({ path: file, models }: LockFile, model: string): InputError {
  const names = Object.keys(models).join(', ') || 'none';
  return new InputError(
    `${file} does not have ${model}; it has ${names}. Add it: tfjs-reranker pull ${model} --lock`,
  );
}

async function readIfThere(file: string): Promise<LockFile | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new InputError(`The lock file ${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
  try {
    return { path: file, models: FILE.parse(JSON.parse(text)).models };
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause).replaceAll(/\s+/g, ' ') : String(cause);
    throw new InputError(`${file} is no lock file of this program: ${why}`, { cause });
  }
}
