import { lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { InputError } from '../errors.js';

/** `NAME.partial-PID`, beside NAME: what a run that is not finished has written. */
const PARTIAL = '.partial-';
/** `NAME.replaced-PID`: what NAME was until the new one took its place, a moment long. */
const REPLACED = '.replaced-';

/**
 * Makes a folder in one piece: `fill` writes into a folder beside it, which takes its name when all is on the disk. A
 * run that is killed leaves no folder of that name; what it left under another is removed by the next.
 *
 * @throws InputError when there is something of that name, unless it may be replaced; what `fill` throws, and then
 * nothing stays behind.
 */
export async function makeFolder(
  folder: string,
  replace: boolean,
  fill: (folder: string) => Promise<void>,
): Promise<void> {
  const exists = await isThere(folder);
  if (exists && !replace) {
    throw new InputError(`${folder} exists. Give another folder, or --overwrite.`);
  }
  const parent = path.dirname(folder);
  await mkdir(parent, { recursive: true });
  await removeLeftovers(folder);
  const partial = `${folder}${PARTIAL}${process.pid}`;
  await mkdir(partial);
  try {
    await fill(partial);
    for (const name of await readdir(partial)) {
      await sync(path.join(partial, name));
    }
    await sync(partial);
    const replaced = `${folder}${REPLACED}${process.pid}`;
    if (exists) {
      await rename(folder, replaced);
    }
    await rename(partial, folder);
    await sync(parent);
    await rm(replaced, { recursive: true, force: true });
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

/** Of processes that are gone; what was replaced is kept where nothing took its place. */
async function removeLeftovers(folder: string): Promise<void> {
  const endings = (await isThere(folder)) ? [PARTIAL, REPLACED] : [PARTIAL];
  for (const name of await readdir(path.dirname(folder))) {
    for (const beginning of endings.map((ending) => `${path.basename(folder)}${ending}`)) {
      const pid = name.startsWith(beginning) ? Number(name.slice(beginning.length)) : Number.NaN;
      if (Number.isInteger(pid) && !isAlive(pid)) {
        await rm(path.join(path.dirname(folder), name), { recursive: true, force: true });
      }
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

async function sync(file: string): Promise<void> {
  const handle = await open(file);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
