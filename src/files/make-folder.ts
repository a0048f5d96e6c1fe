import { lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { InputError } from '../errors/errors.js';
import { syncFile, syncFolder } from './write-whole.js';

/** `NAME.partial-PID`, beside NAME: what a run that is not finished has written. */
const PARTIAL = '.partial-';

/**
 * Makes a folder in one piece: `fill` writes into a folder beside it, which takes its name when all is on the disk. A
 * run that is killed leaves no folder of that name; what it left under another is removed by the next.
 *
 * @throws InputError when there is something of that name; what `fill` throws, and then nothing stays behind.
 */
export async function makeFolder(folder: string, fill: (folder: string) => Promise<void>): Promise<void> {
  if (await isThere(folder)) {
    throw new InputError(
      `${folder} exists, and nothing is replaced. Give another folder, or remove it first.`,
    );
  }
  const parent = path.dirname(folder);
  await mkdir(parent, { recursive: true });
  await removeLeftovers(folder);
  const partial = `${folder}${PARTIAL}${process.pid}`;
  await mkdir(partial);
  try {
    await fill(partial);
    for (const name of await readdir(partial)) {
      await syncFile(path.join(partial, name));
    }
    await syncFolder(partial);
    await rename(partial, folder);
    await syncFolder(parent);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}

async function isThere(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}

/** Of processes that are gone; one with our own number is of an earlier process, as numbers are few in a container. */
async function removeLeftovers(folder: string): Promise<void> {
  const beginning = `${path.basename(folder)}${PARTIAL}`;
  for (const name of await readdir(path.dirname(folder))) {
    const pid = name.startsWith(beginning) ? Number(name.slice(beginning.length)) : Number.NaN;
    if (Number.isInteger(pid) && (pid === process.pid || !isAlive(pid))) {
      await rm(path.join(path.dirname(folder), name), { recursive: true, force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // it lives, and is somebody else's
  }
}
