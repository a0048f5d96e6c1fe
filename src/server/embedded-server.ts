import type { ModelOptions } from '../engine/types.js';
import { InputError } from '../errors/errors.js';
import type { LoadProgress } from '../weights/checkpoint.js';
import { isLoopback } from './http/origin.js';
import { packageVersion } from './package-version.js';
import { DEFAULT_LIMITS, type Limits, type LogLevel, type ModelSpec, type Settings } from './settings.js';
import { startServer as start } from './start.js';

/** Options for a server inside a program. Defaults are those of `tfjs-reranker serve`. */
export interface ServerOptions extends Partial<Omit<Settings, 'limits'>> {
  /** Default 8080; 0 takes a free port. */
  readonly port?: number;
  /** The first is the default. Without any, the embedded model answers under every name. */
  readonly models?: readonly ModelSpec[];
  readonly scorer?: Omit<ModelOptions, 'onLoadProgress'>;
  /** In the form of a file for `--keys`. With keys, every path except /health and the pages needs one. */
  readonly keys?: readonly string[];
  /** `false` allows a public address without keys; then everybody can call the server. */
  readonly auth?: boolean;
  readonly limits?: Partial<Limits>;
  /** Default `info`. */
  readonly logLevel?: LogLevel;
  /** Receives the lines of the log, each as JSON; default stderr. */
  readonly logStream?: { write(line: string): unknown };
  /** Stops the loading of the models: `startServer` rejects with its reason. */
  readonly signal?: AbortSignal;
  readonly onLoadProgress?: (progress: LoadProgress) => void;
}

/** A server that listens. */
export interface Server {
  readonly port: number;
  /** Without a slash at its end. */
  readonly url: string;
  /** The names of the models, the default one first. */
  readonly models: readonly string[];
  /**
   * Readiness fails, accepted requests are answered, then the port closes and the models' processes end.
   *
   * @param deadlineMs the time for all this; requests without an answer by then are refused with 503. Default 30 s.
   * @returns whether everything was answered.
   */
  close(deadlineMs?: number): Promise<boolean>;
}

/**
 * Starts the HTTP server within a program: first the models, each in a process of its own, then the port.
 *
 * @returns once it listens and every model is loaded. The caller closes it.
 * @throws InputError for invalid options, and for a public address without keys; the errors of loading a model.
 */
export async function startServer({
  port = 8080,
  host = '127.0.0.1',
  models: specs = [],
  scorer = {},
  keys = [],
  auth = true,
  limits,
  logLevel = 'info',
  logStream = process.stderr,
  signal,
  onLoadProgress,
  ...settings
}: ServerOptions = {}): Promise<Server> {
  if (auth && keys.length === 0 && !isLoopback(host)) {
    throw new InputError(
      `${host} is a public address and there are no API keys: set keys, or allow everybody with auth: false.`,
    );
  }
  const [first = { aliases: ['*'] }, ...others] = specs;
  const running = await start(
    {
      port,
      models: [first, ...others],
      scorer,
      keys,
      settings: {
        host,
        explain: 'occlusion',
        strict: false,
        allowedHosts: [],
        corsOrigins: [],
        ...settings,
        limits: { ...DEFAULT_LIMITS, ...limits },
      },
      hangMs: 2 * { ...DEFAULT_LIMITS, ...limits }.requestTimeoutMs,
      logLevel,
      logStream,
      version: packageVersion(),
    },
    { ...(signal && { signal }), ...(onLoadProgress && { onProgress: onLoadProgress }) },
  );
  return {
    port: running.port,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${running.port}`,
    models: running.models.all.map(({ name }) => name),
    close: (deadlineMs = 30_000) => running.close(deadlineMs),
  };
}
