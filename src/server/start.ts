import type { ScorerOptions } from '../engine/scorer.js';
import { InputError } from '../errors/errors.js';
import type { PullOptions } from '../hub/pull.js';
import { resolveModel } from '../hub/resolve.js';
import type { LoadProgress } from '../weights/checkpoint.js';
import { createApp } from './app.js';
import { Explainer } from './explain/explainer.js';
import { KeyRing } from './http/auth.js';
import { Bodies } from './http/body.js';
import { type Listening, listen } from './http/listen.js';
import { createLogger } from './http/logging.js';
import { Metrics } from './http/metrics.js';
import { Quotas } from './http/quota.js';
import { Lifecycle } from './lifecycle.js';
import { ModelHost } from './queue/model-host.js';
import { Models, type ServedModel } from './queue/models.js';
import { ScoreQueue } from './queue/score-queue.js';
import type { LogLevel, Settings } from './settings.js';

/** A model to serve. */
export interface ModelSpec {
  /** Where none is given the folder's name, of a model of the hub `owner/name`. */
  readonly name?: string | undefined;
  /** A model folder, or a name of the hub; without one the embedded model. */
  readonly folder?: string | undefined;
  readonly aliases: readonly string[];
}

/** Everything that a server is started with. */
export interface ServerOptions {
  readonly port: number;
  /** The first is the default. */
  readonly models: readonly [ModelSpec, ...ModelSpec[]];
  readonly scorer: Omit<ScorerOptions, 'onLoadProgress' | 'onDownloadProgress'>;
  /** A model's process that answers nothing for so long, while it should, is ended and started again. */
  readonly hangMs: number;
  /** As they are written: `[NAME ]KEY` or `[NAME ]sha256:HEX`. */
  readonly keys: readonly string[];
  readonly settings: Settings;
  readonly logLevel: LogLevel;
  readonly logStream: { write(line: string): unknown };
  readonly version: string;
}

/** A server that runs. */
export interface RunningServer {
  readonly port: number;
  readonly models: Models;
  /** Ends it, as `Listening.close` says. @returns whether everything accepted was answered. */
  close(deadlineMs: number, delayMs?: number): Promise<boolean>;
}

/** What is told while a server starts, and how that ends early. */
export interface StartEvents extends Pick<PullOptions, 'signal' | 'onDownloadProgress'> {
  readonly onProgress?: (progress: LoadProgress) => void;
}

/**
 * Loads the models, each in a process of its own, then listens.
 *
 * @throws what loading throws; InputError for keys, names, ports and models that cannot be served.
 */
export async function startServer(
  { port, models: specs, scorer, hangMs, keys, settings, logLevel, logStream, version }: ServerOptions,
  { signal, onProgress, onDownloadProgress }: StartEvents = {},
): Promise<RunningServer> {
  const log = createLogger({ write: (line) => void logStream.write(line) }, logLevel);
  const ring = new KeyRing(keys);
  const metrics = new Metrics();
  const lifecycle = new Lifecycle();
  const served: ServedModel[] = [];
  const closeModels = (): void => {
    for (const { host } of served) {
      host.close();
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
    const listening: Listening = await listen(app, { port, host, lifecycle, headTimeoutMs, maxConnections });
    log.info(
      {
        host: settings.host,
        port: listening.port,
        models: served.map(({ name }) => name),
        backends: served.map(({ host }) => host.loaded.info.backend.description),
        keys: keys.length,
      },
      'listening',
    );
    return {
      port: listening.port,
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
    let name = spec.name ?? '';
    // Downloaded here, once; a process that is started again gets the very same state, whatever a branch means then.
    const { offline, lockFile } = scorer;
    const { reference } = await resolveModel(spec.folder, { offline, lockFile, signal, onDownloadProgress });
    const host = await ModelHost.start(
      { model: reference, options: { ...scorer, offline: true } },
      {
        onStart: ({ pid, loaded }) => {
          name ||= loaded.info.model;
          log.info({ model: name, pid }, 'model is up');
        },
        onLost: (error, retryMs) => {
          metrics.countLoss(name);
          log.error({ model: name, err: error, retryMs }, 'model is lost');
        },
      },
      { signal, onProgress, hangMs },
    );
    const { info } = host.loaded;
    for (const warning of info.warnings) {
      log.warn({ model: name, warning }, 'model has a warning');
    }
    if (info.config.numLabels !== 1) {
      host.close();
      throw new InputError(
        `${name} has ${info.config.numLabels} labels (${info.config.labels.join(', ')}): it classifies and ranks nothing, ` +
          'and cannot be served.',
      );
    }
    const queue = new ScoreQueue(host, {
      maxQueueTokens: settings.limits.maxQueueTokens,
      maxWaitMs: settings.limits.requestTimeoutMs,
      batchesInProcess: (scorer.threads ?? 1) + 1,
      onBatch: (batch) => metrics.countBatch(name, batch),
    });
    return { name, aliases: spec.aliases, host, queue, explainer: new Explainer(host, queue.admission) };
  }
}

function assertNamesDiffer({ all }: Models): void {
  const names = all.flatMap(({ name, aliases }) => [...new Set([name, ...aliases])]);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new InputError(`Two models are called ${twice}; give one a name: NAME=FOLDER.`);
  }
}
