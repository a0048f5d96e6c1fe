import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rm, stat, utimes } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** The holder of a lock. `token` distinguishes two holders of one process. */
interface Owner {
  readonly pid: number;
  readonly host: string;
  readonly token: string;
}

/** How to wait for a lock. */
export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called once if somebody else holds the lock. */
  readonly onWait?: ((pid: number | undefined) => void) | undefined;
}

const POLL_MS = 100;
const HEARTBEAT_MS = 2000;
/** A holder without a sign of life for this long is considered gone: nothing else tells for another machine. */
const ABANDONED_MS = 30_000;

/**
 * Runs a function while no other process (or call of this one) runs one under the same lock, which is a file.
 *
 * The lock avoids double work and guarantees nothing: a holder that is suspended longer than its heartbeat loses it. So
 * two functions that run at the same time must not break anything.
 */
export async function withLock<T>(
  file: string,
  body: () => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  const token = await acquire(file, options);
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => {}); // somebody considered it abandoned, see above
  }, HEARTBEAT_MS);
  heartbeat.unref();
  try {
    return await body();
  } finally {
    clearInterval(heartbeat);
    if ((await readOwner(file))?.token === token) await rm(file, { force: true });
  }
}

async function acquire(file: string, { signal, onWait }: LockOptions): Promise<string> {
  const owner: Owner = { pid: process.pid, host: os.hostname(), token: randomUUID() };
  await mkdir(path.dirname(file), { recursive: true });
  for (let told = false; ; ) {
    signal?.throwIfAborted();
    try {
      await create(file, JSON.stringify(owner));
      return owner.token;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = await readOwner(file);
    if (await isAbandoned(file, holder)) {
      await rm(file, { force: true });
      continue;
    }
    if (!told) onWait?.(holder?.pid);
    told = true;
    await setTimeout(POLL_MS, undefined, { signal });
  }
}

/** If the file cannot be written completely, because a disk is full, it is removed: it would block others. */
async function create(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    await handle.writeFile(text);
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

async function isAbandoned(file: string, holder: Owner | undefined): Promise<boolean> {
  if (holder?.host === os.hostname() && !isAlive(holder.pid)) return true;
  const stats = await stat(file).catch(() => undefined);
  return stats !== undefined && Date.now() - stats.mtimeMs > ABANDONED_MS;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** @returns undefined if the file is gone, or its holder has not written it yet. */
async function readOwner(file: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Owner;
  } catch {
    return undefined;
  }
}
