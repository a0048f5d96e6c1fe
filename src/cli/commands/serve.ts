import { isIP } from 'node:net';
import { DEFAULT_LIMITS, readKeys, type Settings } from '../../server/settings.js';
import type { ModelSpec, RunningServer } from '../../server/start.js';
import { EXIT, UsageError } from '../exit-codes.js';
import { formatBytes, formatDuration } from '../format.js';
import type { Io } from '../io.js';
import { type Choose, type Cli, type CommonOptions, OWN_OPTIONS, positiveInteger, text } from '../options.js';
import { packageVersion } from '../package-version.js';
import { Reporter } from '../reporter.js';

/** What `serve` takes beside the common options. */
export interface ServeOptions extends CommonOptions {
  readonly port: number;
  readonly host: string;
  readonly modelAlias: string | undefined;
  readonly withModel: readonly string[];
  readonly keys: string | undefined;
  readonly auth: boolean;
  readonly allowedHost: readonly string[];
  readonly corsOrigin: readonly string[];
  readonly strict: boolean;
  readonly requestsPerMinute: number | undefined;
  readonly documentsPerDay: number | undefined;
  readonly maxBodyBytes: number;
  readonly bodyTimeout: number;
  readonly maxDocuments: number;
  readonly maxCharacters: number;
  readonly maxRequestTokens: number;
  readonly maxQueueTokens: number;
  readonly requestTimeout: number;
  readonly shutdownDelay: number;
  readonly shutdownTimeout: number;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

const LIMITS = 'Limits:';
const ACCESS = 'Access:';

/** `serve`: the HTTP server. */
export function addServeCommand(cli: Cli, choose: Choose): void {
  cli.command(
    'serve',
    'Answer rerank requests over HTTP, as Cohere, Jina, Voyage, text-embeddings-inference and vLLM do',
    (command) =>
      command
        .option('port', { ...portNumber, default: 8080, describe: 'Port; 0 takes a free one' })
        .option('host', {
          ...text,
          default: '127.0.0.1',
          describe: 'Address to listen on; 0.0.0.0 is every one',
        })
        .option('model-alias', {
          ...text,
          describe: 'Other names of the model, separated by commas; * is any name that no model has',
          defaultDescription: '* for the embedded model',
        })
        .option('with-model', {
          ...many,
          group: OWN_OPTIONS,
          describe: 'Another model to serve, FOLDER or NAME=FOLDER, in a process of its own; can be repeated',
        })
        .option('strict', {
          type: 'boolean',
          group: OWN_OPTIONS,
          default: false,
          describe: 'Refuse requests with unknown fields',
        })
        .option('shutdown-delay', {
          type: 'number',
          requiresArg: true,
          group: OWN_OPTIONS,
          default: 0,
          coerce: (seconds: number): number => {
            if (!(seconds >= 0 && seconds <= 3600)) {
              throw new UsageError(
                `--shutdown-delay must be a number of seconds from 0 to 3600, not ${seconds}.`,
              );
            }
            return seconds;
          },
          describe: 'Seconds after SIGTERM in which readiness says no and requests are still taken',
        })
        .option('shutdown-timeout', {
          ...limit('--shutdown-timeout', 30),
          describe: 'Seconds that accepted requests have to finish after SIGTERM',
        })
        .option('log-level', {
          ...text,
          choices: ['debug', 'info', 'warn', 'error', 'silent'] as const,
          default: 'info' as const,
          describe: 'What is logged to stderr, a JSON line an event; debug has health checks too',
        })
        .option('keys', {
          ...text,
          group: ACCESS,
          describe: 'File of API keys beside those of RERANK_API_KEYS',
        })
        .option('auth', {
          type: 'boolean',
          group: ACCESS,
          default: true,
          describe: '--no-auth lets everybody in where there are no keys, on a public address too',
        })
        .option('allowed-host', {
          ...many,
          group: ACCESS,
          describe: 'A host name that requests without keys may name, or *; can be repeated',
        })
        .option('cors-origin', {
          ...many,
          group: ACCESS,
          describe: 'Origin whose pages may call, or *; can be repeated',
        })
        .option('requests-per-minute', {
          ...positiveInteger('--requests-per-minute'),
          group: ACCESS,
          defaultDescription: 'no limit',
          describe: 'Requests of one key',
        })
        .option('documents-per-day', {
          ...positiveInteger('--documents-per-day'),
          group: ACCESS,
          defaultDescription: 'no limit',
          describe: 'Documents of one key',
        })
        .option('max-body-bytes', {
          ...limit('--max-body-bytes', DEFAULT_LIMITS.maxBodyBytes),
          describe: 'A body is parsed at once, while nobody else is answered',
        })
        .option('body-timeout', {
          ...limit('--body-timeout', DEFAULT_LIMITS.bodyTimeoutMs / 1000),
          describe: 'Seconds for a body to arrive: a slow one holds a connection',
        })
        .option('max-documents', {
          ...limit('--max-documents', DEFAULT_LIMITS.maxDocuments),
          describe: 'Documents of a request: its answer is one value',
        })
        .option('max-characters', {
          ...limit('--max-characters', DEFAULT_LIMITS.maxCharacters),
          describe: 'Characters of a request: all are tokenized, cut or not',
        })
        .option('max-request-tokens', {
          ...limit('--max-request-tokens', DEFAULT_LIMITS.maxRequestTokens),
          describe: 'Tokens of a request, by an upper bound from its bytes: how long it keeps the model',
        })
        .option('max-queue-tokens', {
          ...limit('--max-queue-tokens', DEFAULT_LIMITS.maxQueueTokens),
          describe: 'Tokens of all accepted requests: how long the last one waits; beyond it is 429',
        })
        .option('request-timeout', {
          ...limit('--request-timeout', DEFAULT_LIMITS.requestTimeoutMs / 1000),
          describe: 'Seconds from a request to its answer; beyond it is 504',
        })
        .example('$0 serve', '')
        .example('$0 serve --model ./bge-reranker-base --model-alias BAAI/bge-reranker-base', '')
        .example('curl http://127.0.0.1:8080/v1/rerank -d \'{"query": "q", "documents": ["d"]}\'', '')
        .epilogue(
          'API keys: RERANK_API_KEYS=KEY,KEY or a line each in a file, as KEY, NAME=KEY or NAME=sha256:HEX (printf %s KEY | ' +
            'sha256sum). With keys every path but /health asks for one. Without, only requests that name this address ' +
            'are answered, and pages of other origins are refused. SIGTERM: no more is taken, what was accepted is ' +
            'finished, exit code 0.',
        ),
    (options) => choose(options, (io) => serve(options, io)),
  );
}

const many = { type: 'string', array: true, default: [] as string[], defaultDescription: 'none' } as const;

const portNumber = {
  type: 'number',
  requiresArg: true,
  group: OWN_OPTIONS,
  coerce: (value: number): number => {
    if (!(Number.isInteger(value) && value >= 0 && value < 65_536)) {
      throw new UsageError(`--port must be a whole number from 0 to 65535, not ${value}.`);
    }
    return value;
  },
} as const;

/** An option with a number from 1 on that is always there. */
function limit(name: string, value: number) {
  const { coerce, ...option } = positiveInteger(name);
  return {
    ...option,
    group: LIMITS,
    default: value,
    coerce: (given: number): number => coerce(given) ?? value,
  } as const;
}

async function serve(options: ServeOptions, io: Io): Promise<number> {
  const keys = await readKeys(options.keys);
  assertClosed(options, keys.length > 0);
  const settings: Settings = {
    limits: {
      maxBodyBytes: options.maxBodyBytes,
      bodyTimeoutMs: options.bodyTimeout * 1000,
      maxDocuments: options.maxDocuments,
      maxCharacters: options.maxCharacters,
      maxRequestTokens: options.maxRequestTokens,
      maxQueueTokens: options.maxQueueTokens,
      requestTimeoutMs: options.requestTimeout * 1000,
    },
    strict: options.strict,
    host: options.host,
    allowedHosts: options.allowedHost,
    corsOrigins: options.corsOrigin,
    requestsPerMinute: options.requestsPerMinute,
    documentsPerDay: options.documentsPerDay,
  };
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'; // for the model's process: errors only
  const reporter = new Reporter(io, options.quiet);
  const { backend, dtype, maxLength, maxBatchTokens, threads, truncation } = options;
  const startedAt = performance.now();
  const { startServer } = await import('../../server/start.js');
  const server = await startServer(
    {
      port: options.port,
      models: modelSpecs(options),
      scorer: { backend, dtype, maxLength, maxBatchTokens, threads, truncation },
      keys,
      settings,
      logLevel: options.quiet && options.logLevel === 'info' ? 'error' : options.logLevel,
      logStream: io.stderr,
      version: packageVersion(),
    },
    {
      signal: io.signal,
      onProgress: ({ loadedBytes, totalBytes }) =>
        reporter.status(() => `Loading ${formatBytes(loadedBytes)} of ${formatBytes(totalBytes)}`),
    },
  );
  if (io.statusColumns !== undefined) {
    greet(server, options, keys.length, reporter, performance.now() - startedAt);
  }
  await new Promise<void>((resolve) => {
    io.signal.addEventListener('abort', () => resolve(), { once: true });
    if (io.signal.aborted) {
      resolve();
    }
  });
  await server.close(options.shutdownTimeout * 1000, options.shutdownDelay * 1000);
  return EXIT.ok;
}

/** For a person at a terminal; elsewhere stderr has JSON lines alone. */
function greet(
  { models, port }: RunningServer,
  { host }: ServeOptions,
  keys: number,
  reporter: Reporter,
  ms: number,
): void {
  for (const model of models.all) {
    const { info } = model.host.loaded;
    reporter.note(`${model.name} on ${info.backend.description}; ${info.dtype}`);
  }
  const address = isIP(host) === 6 ? `[${host}]` : host;
  reporter.note(
    `Listening on http://${address}:${port} after ${formatDuration(ms)}; ${keys > 0 ? `${keys} API keys` : 'no API keys'}`,
  );
}

/** @throws UsageError where everybody could call and nobody said so. */
function assertClosed({ host, auth }: ServeOptions, hasKeys: boolean): void {
  const isLocal = host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);
  if (auth && !hasKeys && !isLocal) {
    throw new UsageError(
      `${host} is a public address and there are no API keys: set RERANK_API_KEYS, give a file with --keys, or let everybody in with --no-auth.`,
    );
  }
  if (!auth && hasKeys) {
    throw new UsageError('There are API keys, and --no-auth lets everybody in; give one of the two.');
  }
}

function modelSpecs({ model, modelAlias, withModel }: ServeOptions): readonly [ModelSpec, ...ModelSpec[]] {
  const aliases = modelAlias ?? (model === undefined ? '*' : '');
  const others = withModel.map((spec): ModelSpec => {
    const [, name, folder = spec] = /^([\w.-]+)=(.+)$/.exec(spec) ?? [];
    return { name, folder, aliases: [] };
  });
  const names = aliases.split(',').map((name) => name.trim());
  return [{ folder: model, aliases: names.filter((name) => name !== '') }, ...others];
}
