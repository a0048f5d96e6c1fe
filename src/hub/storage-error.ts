import { HubError, OutputError } from '../errors/errors.js';

const WAYS_OUT: Readonly<Record<string, string>> = {
  ENOSPC: 'no space is left on the disk; what is downloaded stays. Free some, or set HF_HOME to another disk',
  EDQUOT: "the user's quota is full; what is downloaded stays. Free some, or set HF_HOME to another disk",
  EACCES: 'permission denied. Set HF_HOME to a folder that may be written',
  EPERM: 'permission denied. Set HF_HOME to a folder that may be written',
  EROFS: 'it is mounted read-only. Set HF_HOME to a folder that may be written',
  ENOTDIR: 'a part of its path is a file. Set HF_HOME to a folder',
};

/** The error for a failure of the file system under the cache; any other error unchanged. */
export function toStorageError(thrown: unknown, cache: string): unknown {
  const error = thrown instanceof OutputError ? thrown.cause : thrown;
  if (!(error instanceof Error && 'syscall' in error && 'code' in error)) return thrown;
  const { code, message, path = cache } = error as NodeJS.ErrnoException;
  return new HubError(
    `The cache of models cannot be written: ${path}: ${WAYS_OUT[code ?? ''] ?? message}.`,
    'storage',
    { cause: error },
  );
}
