import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rm, stat, utimes } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** Who holds a lock; `token` tells two holders of one process apart. */
interface Owner {
  readonly pid: number;
  readonly host: string;
  readonly token: string;
}

/** How a lock is waited for. */
export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called once, when somebody else has the lock. */
  readonly onWait?: ((pid: number | undefined) => void) | undefined;
}

const POLL_MS = 100;
const HEARTBEAT_MS = 2000;
/** A holder that gave no sign of life for so long is gone: on another machine nothing else tells. */
const ABANDONED_MS = 30_000;

/**
 * Does something while no other process (or call of this one) does it under the same lock, which is a file.
 *
 * It saves doing a thing twice and is no promise: a holder that sleeps longer than its heartbeat loses it. Whoever
 * works under it must leave nothing broken when two do.
 */
export async function withLock<T>(
  file: string,
  body: () => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  const token = await acquire(file, options);
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => {}); // somebody took it for abandoned: see above
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

/** Where it cannot be written whole, a disk being full, nothing is left of it: it would hold others up. */
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

/** @returns nothing where the file is gone, or its holder has not written it yet. */
async function readOwner(file: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Owner;
  } catch {
    return undefined;
  }
}
