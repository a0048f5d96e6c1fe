import { lstat, mkdir, rm } from 'node:fs/promises';
import { createConnection, type Server } from 'node:net';
import path from 'node:path';
import { InputError } from '../../errors/errors.js';

/** The shortest limit of the usual systems. Beyond their limits, paths are cut without a word. */
const MAX_PATH_BYTES = 103;
/** Only the owner may open a socket with this mask, and it is made with it: there is no moment in which others may. */
const OWNER_ONLY = 0o177;

/**
 * Makes a socket's folder, for this user only, if it is missing, and removes a socket that a killed server left behind.
 *
 * @throws InputError if a server listens there, if the path is another file or too long, or if it cannot be used.
 */
export async function freeSocketPath(file: string): Promise<void> {
  if (Buffer.byteLength(file) > MAX_PATH_BYTES) {
    throw new InputError(
      `--socket ${file} is too long: ${Buffer.byteLength(file)} bytes; the system takes ${MAX_PATH_BYTES}.`,
    );
  }
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 }).catch((cause) => {
    throw unusable(file, cause);
  });
  const found = await lstat(file).catch(() => undefined);
  if (found !== undefined) {
    if (!found.isSocket()) {
      throw new InputError(`--socket ${file} is a file and no socket. Give another path.`);
    }
    await assertAbandoned(file);
    await rm(file, { force: true });
  }
}

/**
 * Listens on a Unix socket that only this user may open. Node removes the socket when the server closes.
 *
 * @throws InputError like {@link freeSocketPath}.
 */
export async function listenOnSocket(server: Server, file: string): Promise<void> {
  await freeSocketPath(file);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(unusable(file, cause)));
    const mask = process.umask(OWNER_ONLY);
    try {
      server.listen(file, resolve); // the socket is made before this returns
    } finally {
      process.umask(mask);
    }
  });
}

/** @throws InputError unless connections are refused, as they are when the server of a socket is gone. */
async function assertAbandoned(file: string): Promise<void> {
  const code = await new Promise<string | undefined>((resolve) => {
    const connection = createConnection(file, () => resolve(undefined));
    connection.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    connection.once('connect', () => connection.destroy());
  });
  if (code === undefined) {
    throw new InputError(`--socket ${file} is in use by a server; give another path.`);
  }
  if (code !== 'ECONNREFUSED' && code !== 'ENOENT') {
    throw new InputError(`--socket ${file} cannot be used: ${code}.`);
  }
}

function unusable(file: string, cause: Error): InputError {
  return new InputError(`--socket ${file} cannot be used: ${cause.message}.`, { cause });
}
