import { chmod, stat } from 'node:fs/promises';
import path from 'node:path';

const NOBODY = 65534;

/**
 * Runs `body` while `target` cannot be read. Permissions do not stop root, so as root the process becomes another user
 * for that time; the parent folder stays readable for that user.
 */
export async function asNobody(target: string, body: () => Promise<void>): Promise<void> {
  const { mode } = await stat(target);
  const isRoot = process.geteuid?.() === 0;
  await chmod(target, 0o000);
  const above = path.dirname(target);
  const modeAbove = (await stat(above)).mode;
  if (isRoot && modeAbove % 8 < 5) await chmod(above, 0o755);
  if (isRoot) process.seteuid?.(NOBODY);
  try {
    await body();
  } finally {
    if (isRoot) process.seteuid?.(0);
    await chmod(target, mode);
  }
}
