import { quote } from '../../errors/quote.js';

/** A pointer has three lines; git-lfs accepts nothing longer as one. */
export const MAX_POINTER_BYTES = 1024;

const FIRST_LINE = 'version https://git-lfs.github.com/spec/';

/**
 * Recognizes a Git LFS pointer: the text that git leaves in place of a large file that it did not fetch.
 *
 * @param bytes the whole file
 * @returns the rest of a sentence that begins with the file's name; undefined for any other file
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
