import { quote } from '../../errors/quote.js';

/** A pointer has three lines; git-lfs takes nothing longer for one. */
export const MAX_POINTER_BYTES = 1024;

const FIRST_LINE = 'version https://git-lfs.github.com/spec/';

/**
 * What is wrong with a file that is a Git LFS pointer, the text that git leaves in place of a large file which it did
 * not fetch.
 *
 * @param bytes the whole file
 * @returns a sentence that begins after the file's name; nothing for any other file
 * @see https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
 */
export function describePointer(bytes: Uint8Array): string | undefined {
  if (bytes.byteLength > MAX_POINTER_BYTES) return undefined;
  const text = new TextDecoder().decode(bytes);
  if (!text.startsWith(FIRST_LINE)) return undefined;
  const size = /^size (\d+)$/m.exec(text)?.[1];
  const missing = size === undefined ? 'the file' : `the file of ${quote(Number(size))} bytes`;
  return `is a Git LFS pointer: ${missing} was not downloaded. Run "git lfs pull" in its folder, or download the model again.`;
}
