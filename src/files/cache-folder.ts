import os from 'node:os';
import path from 'node:path';

/**
 * This program's part of the user's cache, shared by all projects: for what can be downloaded or computed again. It may
 * not exist yet.
 *
 * @param cacheHome the value of XDG_CACHE_HOME.
 */
export function cacheFolder(platform: NodeJS.Platform, cacheHome: string | undefined): string {
  // The convention is to ignore relative paths.
  if (cacheHome !== undefined && path.isAbsolute(cacheHome)) {
    return path.join(cacheHome, 'tfjs-reranker');
  }
  return path.join(os.homedir(), platform === 'darwin' ? 'Library/Caches' : '.cache', 'tfjs-reranker');
}
