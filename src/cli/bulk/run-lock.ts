import { open, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { InputError } from '../../errors/errors.js';
import { asOutputError } from '../../files/write-whole.js';

/**
 * Keeps a second run away while one writes: both would add to one log.
 *
 * @returns what ends the lock; the lock of a process that was killed is taken over.
 * @throws InputError that names the other process.
 */
export async function lockRun(file: string): Promise<() => Promise<void>> {
  const mine = `${process.pid} ${hostname()}`;
  const owner = await readFile(file, 'utf8').catch(() => undefined);
  if (owner !== undefined) {
    const [pid, host] = owner.split(' ');
    if (host !== hostname() || (Number(pid) !== process.pid && isAlive(Number(pid)))) {
      throw new InputError(
        `Process ${pid} on ${host} writes this output. Wait for its end; if it is gone, remove ${file}.`,
      );
    }
    await rm(file, { force: true });
  }
  try {
    const handle = await open(file, 'wx');
    await handle.appendFile(mine);
    await handle.close();
  } catch (error) {
    throw asOutputError(file, error);
  }
  return () => rm(file, { force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
