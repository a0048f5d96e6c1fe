import { createReadStream } from 'node:fs';
import { mkdir, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { InputError } from '../../errors/errors.js';
import { asOutputError, syncFolder } from '../../files/write-whole.js';
import { writeFile } from './file-run.js';

/**
 * @param isOurs whether an output of the same run is there already.
 * @throws InputError when the file is there and is of somebody else.
 */
export async function assertQuarantineFree(file: string, isOurs: boolean): Promise<void> {
  if (!isOurs && (await stat(file).catch(() => undefined)) !== undefined) {
    throw new InputError(`${file} exists and is not of this run. Give another --quarantine, or remove it.`);
  }
}

/** Joins the bad rows of all files, in the order of the files, and gives the whole its name. */
export async function writeQuarantine(file: string, parts: readonly string[]): Promise<void> {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.tmp`);
  await mkdir(path.dirname(file), { recursive: true }).catch((cause) => {
    throw asOutputError(file, cause);
  });
  await writeFile(temporary, async (write) => {
    for (const part of parts) {
      for await (const bytes of createReadStream(part)) await write(bytes as Uint8Array);
    }
  });
  await rename(temporary, file);
  await syncFolder(path.dirname(file));
}
