/** Progress of a download. */
export interface DownloadProgress {
  /** `owner/name@revision`, as requested. */
  readonly model: string;
  /**
   * `waiting` for another process that downloads the same; `retrying` after an interruption, or when a busy hub is asked
   * again; `unchecked`, once, if the hub gives no hashes.
   */
  readonly state: 'downloading' | 'retrying' | 'waiting' | 'unchecked';
  /** The file; for `retrying` and `unchecked` a sentence, for `waiting` the process. */
  readonly detail: string;
  /** Bytes of all files present, including those of earlier attempts. */
  readonly loadedBytes: number;
  readonly totalBytes: number;
}

/** Options of a download. */
export interface PullOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onDownloadProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Wait before the first retry; doubled each time. Default 1,000. */
  readonly retryDelayMs?: number | undefined;
  /** Refuse files for which the hub gives no hash. */
  readonly needsHashes?: boolean | undefined;
}

/** A model that is now in the cache. */
export interface PulledModel {
  readonly commit: string;
  /** The snapshot's folder. */
  readonly folder: string;
}
