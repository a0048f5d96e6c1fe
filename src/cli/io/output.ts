import { open } from 'node:fs/promises';
import { InputError, OutputError } from '../../errors/errors.js';
import type { Input } from './input.js';
import { type Io, writeText } from './io.js';

/** Where results go, whole lines at a time. */
export interface Output {
  /** Resolves when the receiver took it. */
  write(text: string): Promise<void>;
  /** After the last write of a run that succeeded; a file that got none is empty then. */
  close(): Promise<void>;
}

/**
 * Opens a file for writing, `-` is stdout. What the file held is gone with the first write and not before, so that a
 * run that cannot start costs nothing; what is written stays when the run is interrupted.
 *
 * @throws InputError when the file cannot be opened, or is the input.
 */
export async function openOutput(path: string, input: Input, io: Io): Promise<Output> {
  if (path === '-') {
    return { write: (text) => writeOut(io, text), close: async () => {} };
  }
  const handle = await open(path, 'a').catch((cause: NodeJS.ErrnoException) => {
    throw new InputError(`The file ${path} cannot be written: ${cause.message}`, { cause });
  });
  const stats = await handle.stat();
  if (stats.isFile() && stats.ino === input.file?.ino && stats.dev === input.file.dev) {
    await handle.close();
    throw new InputError(`${path} is the input too; give another file for the output.`);
  }
  let emptied = !stats.isFile(); // a device or a named pipe holds nothing to take away
  const empty = async (): Promise<void> => {
    if (!emptied) {
      emptied = true;
      await handle.truncate();
    }
  };
  return {
    write: (text) =>
      empty()
        .then(() => handle.appendFile(text))
        .catch(asOutputError(path)),
    close: () => empty().finally(() => handle.close()),
  };
}

/** Writes to stdout. A reader that left is no error of the output: it ends the run quietly. */
export function writeOut(io: Io, text: string): Promise<void> {
  return writeText(io.stdout, text).catch(asOutputError('stdout'));
}

function asOutputError(name: string): (cause: NodeJS.ErrnoException) => never {
  return (cause) => {
    throw cause.code === 'EPIPE' ? cause : new OutputError(`${name}: ${cause.message}`, { cause });
  };
}
