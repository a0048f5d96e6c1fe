import { isIP } from 'node:net';
import { isLoopback } from '../../server/http/origin.js';
import { packageVersion } from '../../server/package-version.js';
import type { ModelSpec } from '../../server/settings.js';
import { readKeys, type Settings } from '../../server/settings.js';
import type { RunningServer } from '../../server/start.js';
import { EXIT, UsageError } from '../exit-codes.js';
import { formatBytes, formatDuration } from '../format/format.js';
import { DownloadMeter } from '../io/download-meter.js';
import type { Io } from '../io/io.js';
import { Reporter } from '../io/reporter.js';
import { scorerOptions } from '../load.js';
import type { Choose, Cli } from '../options.js';
import { addServeOptions, type ServeOptions } from '../serve-options.js';

/** `serve`: the HTTP server. */
export function addServeCommand(cli: Cli, choose: Choose): void {
  cli.command(
    'serve',
    'Answer rerank requests over HTTP, like Cohere, Jina, Voyage, text-embeddings-inference and vLLM',
    (command) =>
      addServeOptions(command)
        .example('$0 serve', '')
        .example('$0 serve --model BAAI/bge-reranker-base', '')
        .example('$0 serve --socket ~/.rerank/socket --idle-timeout 600', '')
        .example('curl http://127.0.0.1:8080/v1/rerank -d \'{"query": "q", "documents": ["d"]}\'', '')
        .epilogue(
          "API keys: RERANK_API_KEYS='KEY,NAME KEY', or a file with one per line. A key consists of visible ASCII characters " +
            'without commas; NAME, before a space, is its name in logs and metrics. KEY may be ' +
            'sha256:HEX (printf %s KEY | sha256sum). With keys, every path except /health needs one. Without keys, only requests to this address ' +
            'are answered, and pages of other origins are refused. On SIGTERM and after --idle-timeout the server accepts nothing more, answers ' +
            'the accepted requests and exits with code 0.',
        ),
    (options) => choose(options, (io) => serve(options, io)),
  );
}

async function serve(options: ServeOptions, io: Io): Promise<number> {
  const { socket, port = 8080, host = '127.0.0.1' } = options;
  if (socket !== undefined && (options.port ?? options.host) !== undefined) {
    throw new UsageError('--socket takes the place of --host and --port; give only one of them.');
  }
  const keys = await readKeys(options.keys);
  assertClosed(host, options.auth, keys.length > 0);
  const settings: Settings = {
    limits: {
      maxBodyBytes: options.maxBodyBytes,
      maxOpenBytes: options.maxOpenBytes,
      bodyTimeoutMs: options.bodyTimeout * 1000,
      maxDocuments: options.maxDocuments,
      maxCharacters: options.maxCharacters,
      maxRequestTokens: options.maxRequestTokens,
      maxQueueTokens: options.maxQueueTokens,
      requestTimeoutMs: options.requestTimeout * 1000,
      maxExplainTokens: options.maxExplainTokens,
      maxConnections: options.maxConnections,
    },
    explain: options.explain,
    strict: options.strict,
    host,
    allowedHosts: options.allowedHost,
    corsOrigins: options.corsOrigin,
    requestsPerMinute: options.requestsPerMinute,
    documentsPerDay: options.documentsPerDay,
  };
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'; // in the model's process: errors only
  const reporter = new Reporter(io, options.quiet);
  const meter = new DownloadMeter(reporter);
  const startedAt = performance.now();
  const { startServer } = await import('../../server/start.js');
  const server = await startServer(
    {
      ...{ port, socket },
      idleMs: options.idleTimeout === undefined ? undefined : 1000 * options.idleTimeout,
      models: modelSpecs(options),
      scorer: scorerOptions(options),
      hangMs: 1000 * (options.hangTimeout ?? 2 * options.requestTimeout),
      keys,
      settings,
      logLevel: options.quiet && options.logLevel === 'info' ? 'error' : options.logLevel,
      logStream: io.stderr,
      version: packageVersion(),
    },
    {
      signal: io.signal,
      onDownloadProgress: meter.update,
      onProgress: ({ loadedBytes, totalBytes }) =>
        reporter.status(() => `Loading ${formatBytes(loadedBytes)} of ${formatBytes(totalBytes)}`),
    },
  );
  if (io.statusColumns !== undefined) {
    const address = socket ?? `http://${isIP(host) === 6 ? `[${host}]` : host}:${server.port}`;
    greet(server, address, keys.length, reporter, performance.now() - startedAt);
  }
  await new Promise<void>((resolve) => {
    io.signal.addEventListener('abort', () => resolve(), { once: true });
    if (io.signal.aborted) {
      resolve();
    }
    void server.idle.then(resolve);
  });
  await server.close(options.shutdownTimeout * 1000, options.shutdownDelay * 1000);
  return EXIT.ok;
}

/** Messages for a person at a terminal; without a terminal, stderr has only JSON lines. */
function greet(
  { models }: RunningServer,
  address: string,
  keys: number,
  reporter: Reporter,
  ms: number,
): void {
  for (const model of models.all) {
    const { info } = model.remote;
    reporter.note(`${model.name} on ${info.backend.description}; ${info.dtype}`);
  }
  reporter.note(
    `Listening on ${address} after ${formatDuration(ms)}; ${keys > 0 ? `${keys} API keys` : 'no API keys'}`,
  );
}

/** @throws UsageError if everybody could call the server and no option allows that. */
function assertClosed(host: string, auth: boolean, hasKeys: boolean): void {
  if (auth && !hasKeys && !isLoopback(host)) {
    throw new UsageError(
      `${host} is a public address and there are no API keys: set RERANK_API_KEYS, name a file with --keys, or allow everybody with --no-auth.`,
    );
  }
  if (!auth && hasKeys) {
    throw new UsageError('There are API keys, but --no-auth allows everybody; use only one of them.');
  }
}

/** @throws UsageError for a calibration, which is of one model, beside several models. */
function modelSpecs(options: ServeOptions): readonly [ModelSpec, ...ModelSpec[]] {
  const { model, modelAlias, withModel, calibration } = options;
  if (calibration !== undefined && withModel.length > 0) {
    throw new UsageError('--calibration is of one model; serve it without --with-model.');
  }
  const aliases = modelAlias ?? (model === undefined ? '*' : '');
  const others = withModel.map((spec): ModelSpec => {
    const [, name, folder = spec] = /^([\w.-]+)=(.+)$/.exec(spec) ?? [];
    return { name, folder, aliases: [] };
  });
  const names = aliases.split(',').map((name) => name.trim());
  return [{ folder: model, aliases: names.filter((name) => name !== '') }, ...others];
}
