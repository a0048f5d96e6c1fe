import type { ModelOptions } from '../engine/types.js';
import { InputError } from '../errors/errors.js';
import { hashWeights } from '../hub/fingerprint.js';
import type { PullOptions } from '../hub/pull-options.js';
import { resolveModel } from '../hub/resolve.js';
import { RemoteModel } from '../process/remote-model.js';
import { Turns } from '../process/turns.js';
import type { LoadProgress } from '../weights/checkpoint.js';
import { createApp } from './app.js';
import { Explainer } from './explain/explainer.js';
import { KeyRing } from './http/auth.js';
import { Bodies } from './http/body.js';
import { type Listening, listen } from './http/listen.js';
import { createLogger } from './http/logging.js';
import { Metrics } from './http/metrics.js';
import { Quotas } from './http/quota.js';
import { freeSocketPath } from './http/unix-socket.js';
import { Lifecycle } from './lifecycle.js';
import { Models, type ServedModel } from './queue/models.js';
import { ScoreQueue } from './queue/score-queue.js';
import type { LogLevel, ModelSpec, Settings } from './settings.js';

/** The file that a model's process runs. */
const EXPLAIN_ENTRY = new URL('./explain/explain-entry.js', import.meta.url);

/** Options of a server. */
export interface ServerOptions {
  readonly port: number;
  /** A Unix socket in place of the port and of the settings' host. */
  readonly socket?: string | undefined;
  /** Without an open connection for this long, `RunningServer.idle` is settled. */
  readonly idleMs?: number | undefined;
  /** The first is the default. */
  readonly models: readonly [ModelSpec, ...ModelSpec[]];
  readonly scorer: Omit<ModelOptions, 'onLoadProgress' | 'onDownloadProgress'>;
  /** A model's process that does not answer for this long is ended and started again. */
  readonly hangMs: number;
  /** Each in the form `[NAME ]KEY` or `[NAME ]sha256:HEX`. */
  readonly keys: readonly string[];
  readonly settings: Settings;
  readonly logLevel: LogLevel;
  readonly logStream: { write(line: string): unknown };
  readonly version: string;
}

/** A running server. */
export interface RunningServer {
  /** 0 on a Unix socket. */
  readonly port: number;
  /** Settled when no connection was open for `idleMs`. */
  readonly idle: Promise<void>;
  readonly models: Models;
  /** Ends it like `Listening.close`. @returns whether everything accepted was answered. */
  close(deadlineMs: number, delayMs?: number): Promise<boolean>;
}

/** Progress of the start, and a signal that ends it. */
export interface StartEvents extends Pick<PullOptions, 'signal' | 'onDownloadProgress'> {
  readonly onProgress?: (progress: LoadProgress) => void;
}

/**
 * Loads the models, each in a process of its own, then listens.
 *
 * @throws errors of loading a model; InputError for invalid keys, names, ports and models.
 */
export async function startServer(
  { port, socket, idleMs, models: specs, scorer, hangMs, keys, settings, ...logged }: ServerOptions,
  { signal, onProgress, onDownloadProgress }: StartEvents = {},
): Promise<RunningServer> {
  const { logLevel, logStream, version } = logged;
  const log = createLogger({ write: (line) => void logStream.write(line) }, logLevel);
  const ring = new KeyRing(keys);
  const metrics = new Metrics();
  const lifecycle = new Lifecycle();
  if (socket !== undefined) {
    await freeSocketPath(socket); // a path that cannot be used is refused before a model is loaded
  }
  const turns = new Turns();
  const served: ServedModel[] = [];
  const closeModels = (): void => {
    for (const { remote } of served) {
      remote.dispose();
    }
  };
  try {
    for (const spec of specs) {
      served.push(await startModel(spec));
    }
    const models = new Models(served as [ServedModel, ...ServedModel[]]);
    assertNamesDiffer(models);
    metrics.watch(models);
    const { host, limits } = settings;
    const [quotas, bodies] = [new Quotas(settings), new Bodies(limits)];
    const app = createApp({ models, keys: ring, quotas, bodies, metrics, log, lifecycle, settings }, version);
    const { maxConnections, bodyTimeoutMs: headTimeoutMs } = limits;
    const listening: Listening = await listen(app, {
      ...{ port, host, socket, idleMs, lifecycle, headTimeoutMs, maxConnections },
    });
    log.info(
      {
        ...(socket === undefined ? { host, port: listening.port } : { socket }),
        models: served.map(({ name }) => name),
        backends: served.map(({ remote }) => remote.info.backend.description),
        keys: keys.length,
      },
      'listening',
    );
    return {
      port: listening.port,
      idle: listening.idle,
      models,
      close: async (deadlineMs, delayMs) => {
        log.info(
          { requests: served.reduce((sum, { queue }) => sum + queue.admission.requests, 0) },
          'draining',
        );
        const whole = await listening.close(deadlineMs, delayMs);
        closeModels();
        log[whole ? 'info' : 'warn']({ whole }, 'ended');
        return whole;
      },
    };
  } catch (error) {
    closeModels();
    throw error;
  }

  async function startModel(spec: ModelSpec): Promise<ServedModel> {
    // Downloaded once, here. A restarted process gets the same state, even if the branch has moved since.
    const { offline, lockFile } = scorer;
    const how = { offline, lockFile, signal, onDownloadProgress };
    const { reference, folder, name: itsName } = await resolveModel(spec.folder, how);
    const name = spec.name ?? itsName;
    const sha256 = await hashWeights(folder);
    const options = { ...scorer, offline: true, onLoadProgress: onProgress };
    const remote = await RemoteModel.open(reference, options, {
      entry: EXPLAIN_ENTRY,
      ...{ signal, hangMs },
      restart: {
        onStart: (pid) => log.info({ model: name, pid }, 'model is up'),
        onLost: (error, retryMs) => {
          metrics.countLoss(name);
          log.error({ model: name, err: error, retryMs }, 'model is lost');
        },
      },
    });
    const { info } = remote;
    for (const warning of info.warnings) {
      log.warn({ model: name, warning }, 'model has a warning');
    }
    if (info.config.numLabels !== 1) {
      remote.dispose();
      throw new InputError(
        `${name} has ${info.config.numLabels} labels (${info.config.labels.join(', ')}): it is a classifier, cannot rank, ` +
          'and cannot be served.',
      );
    }
    const queue = new ScoreQueue(remote, {
      maxQueueTokens: settings.limits.maxQueueTokens,
      maxWaitMs: settings.limits.requestTimeoutMs,
      batchesInProcess: 2, // one is computed, the next one waits there
      onBatch: (batch) => metrics.countBatch(name, batch),
    });
    return {
      ...{ name, aliases: spec.aliases, remote, sha256, turns, queue },
      explainer: new Explainer(remote, queue.admission, turns),
    };
  }
}

function assertNamesDiffer({ all }: Models): void {
  const names = all.flatMap(({ name, aliases }) => [...new Set([name, ...aliases])]);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new InputError(`Two models are called ${twice}. Name one of them: NAME=FOLDER.`);
  }
}
