import { EXPLAIN_LEVELS, type ExplainLevel } from '../server/explain/explain-calls.js';
import { DEFAULT_LIMITS } from '../server/settings.js';
import { UsageError } from './exit-codes.js';
import type { ScoreScaleOptions } from './load.js';
import {
  activation,
  type Cli,
  calibration,
  numeric,
  OWN_OPTIONS,
  positiveInteger,
  RUN_OPTIONS,
  text,
  withDefault,
} from './options.js';

/** Options of `serve`, in addition to the common ones. */
export interface ServeOptions extends ScoreScaleOptions {
  readonly port: number | undefined;
  readonly host: string | undefined;
  readonly socket: string | undefined;
  readonly modelAlias: string | undefined;
  readonly withModel: readonly string[];
  readonly keys: string | undefined;
  readonly auth: boolean;
  readonly allowedHost: readonly string[];
  readonly corsOrigin: readonly string[];
  readonly explain: ExplainLevel;
  readonly strict: boolean;
  readonly requestsPerMinute: number | undefined;
  readonly documentsPerDay: number | undefined;
  readonly maxBodyBytes: number;
  readonly maxOpenBytes: number;
  readonly bodyTimeout: number;
  readonly maxDocuments: number;
  readonly maxCharacters: number;
  readonly maxRequestTokens: number;
  readonly maxQueueTokens: number;
  readonly requestTimeout: number;
  readonly hangTimeout: number | undefined;
  readonly maxExplainTokens: number;
  readonly maxConnections: number;
  readonly idleTimeout: number | undefined;
  readonly shutdownDelay: number;
  readonly shutdownTimeout: number;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

const LIMITS = 'Limits:';
const ACCESS = 'Access:';

/** The options of `serve`: the models, who may call, and the limits with their reasons. */
export function addServeOptions(command: Cli) {
  return command
    .option('port', { ...portNumber, defaultDescription: '8080', describe: 'Port; 0 takes a free one' })
    .option('host', {
      ...text,
      defaultDescription: '127.0.0.1',
      describe: 'Address to listen on; 0.0.0.0 means all',
    })
    .option('socket', {
      ...text,
      describe: 'Unix socket to listen on, which only its user may open, in place of --host and --port',
    })
    .option('model-alias', {
      ...text,
      describe: 'Other names of the model, comma-separated; * means any name that no model has',
      defaultDescription: '* for the embedded model',
    })
    .option('with-model', {
      ...many,
      group: OWN_OPTIONS,
      describe: 'Another model to serve, MODEL or NAME=MODEL, in a process of its own; can be repeated',
    })
    .option('explain', {
      ...text,
      choices: EXPLAIN_LEVELS,
      default: 'occlusion' as const,
      describe:
        'Allowed explanations: none (off), those by forward passes (occlusion), or also those by gradients, for which ' +
        'a float32 copy of the model is loaded at the first request',
    })
    .option('activation', activation)
    .option('calibration', calibration)
    .option('strict', {
      type: 'boolean',
      group: OWN_OPTIONS,
      default: false,
      describe: 'Refuse requests with unknown fields',
    })
    .option('shutdown-delay', {
      ...withDefault(0, numeric(checkDelay)),
      describe: 'Seconds after SIGTERM in which readiness fails but requests are still accepted',
    })
    .option('shutdown-timeout', {
      ...secondsLimit('--shutdown-timeout', 30),
      describe: 'Seconds to finish accepted requests after SIGTERM',
    })
    .option('log-level', {
      ...text,
      choices: ['debug', 'info', 'warn', 'error', 'silent'] as const,
      default: 'info' as const,
      describe: 'What is logged to stderr, one JSON line per event; debug includes health checks',
    })
    .option('keys', {
      ...text,
      group: ACCESS,
      describe: 'File of API keys, in addition to those of RERANK_API_KEYS',
    })
    .option('auth', {
      type: 'boolean',
      group: ACCESS,
      default: true,
      describe: '--no-auth allows everybody if there are no keys, even on a public address',
    })
    .option('allowed-host', {
      ...many,
      group: ACCESS,
      describe: 'A host name that requests without keys may name, or * for any; can be repeated',
    })
    .option('cors-origin', {
      ...many,
      group: ACCESS,
      describe: 'Origin of pages that may call, or * for any; can be repeated',
    })
    .option('requests-per-minute', {
      ...positiveInteger('--requests-per-minute'),
      group: ACCESS,
      defaultDescription: 'no limit',
      describe: 'Requests for each key',
    })
    .option('documents-per-day', {
      ...positiveInteger('--documents-per-day'),
      group: ACCESS,
      defaultDescription: 'no limit',
      describe: 'Documents for each key',
    })
    .option('max-body-bytes', {
      ...limit('--max-body-bytes', DEFAULT_LIMITS.maxBodyBytes),
      describe: 'Largest body; while it is parsed, nobody else is answered',
    })
    .option('max-open-bytes', {
      ...limit('--max-open-bytes', DEFAULT_LIMITS.maxOpenBytes),
      describe: 'All bodies that are being read or answered, which take memory; beyond it: 429',
    })
    .option('body-timeout', {
      ...secondsLimit('--body-timeout', DEFAULT_LIMITS.bodyTimeoutMs / 1000),
      describe: 'Seconds for a head to arrive, and again for a body; a slow sender holds a connection',
    })
    .option('max-documents', {
      ...limit('--max-documents', DEFAULT_LIMITS.maxDocuments),
      describe: 'Documents of a request; its answer is one value',
    })
    .option('max-characters', {
      ...limit('--max-characters', DEFAULT_LIMITS.maxCharacters),
      describe: 'Characters of a request; all are tokenized, even those that are cut',
    })
    .option('max-request-tokens', {
      ...limit('--max-request-tokens', DEFAULT_LIMITS.maxRequestTokens),
      describe: 'Tokens of a request; they keep the model busy',
    })
    .option('max-queue-tokens', {
      ...limit('--max-queue-tokens', DEFAULT_LIMITS.maxQueueTokens),
      describe: 'Tokens of all accepted requests, which the last one waits for; beyond it: 429',
    })
    .option('request-timeout', {
      ...secondsLimit('--request-timeout', DEFAULT_LIMITS.requestTimeoutMs / 1000),
      describe: 'Seconds from a request to its answer; beyond it: 504',
    })
    .option('max-explain-tokens', {
      ...limit('--max-explain-tokens', DEFAULT_LIMITS.maxExplainTokens),
      describe: 'Tokens computed to explain one request; results beyond it are not explained',
    })
    .option('max-connections', {
      ...limit('--max-connections', DEFAULT_LIMITS.maxConnections),
      describe: 'Open connections; further ones are closed at once',
    })
    .option('idle-timeout', {
      ...seconds('--idle-timeout'),
      group: LIMITS,
      defaultDescription: 'never',
      describe: 'Seconds without an open connection after which the server ends',
    })
    .option('hang-timeout', {
      ...seconds('--hang-timeout'),
      group: LIMITS,
      defaultDescription: 'twice --request-timeout',
      describe: "Seconds without an answer of a model's process before it is restarted",
    })
    .options(RUN_OPTIONS);
}

const many = { type: 'string', array: true, default: [] as string[], defaultDescription: 'none' } as const;

function checkDelay(seconds: number): number {
  if (!(seconds >= 0 && seconds <= 3600)) {
    throw new UsageError(`--shutdown-delay must be a number of seconds from 0 to 3600, not ${seconds}.`);
  }
  return seconds;
}

const portNumber = numeric((value) => {
  if (!(Number.isInteger(value) && value >= 0 && value < 65_536)) {
    throw new UsageError(`--port must be a whole number from 0 to 65535, not ${value}.`);
  }
  return value;
});

/** Timers count milliseconds in 31 bits; longer times would be over at once. */
const MAX_SECONDS = 1_000_000;

/** An option of whole seconds. */
function seconds(name: string) {
  const { coerce, ...option } = positiveInteger(name);
  return {
    ...option,
    coerce: (given: string | number | undefined): number | undefined => {
      const value = coerce(given);
      if (value !== undefined && value > MAX_SECONDS) {
        throw new UsageError(`${name} must be ${MAX_SECONDS} seconds at most, not ${value}.`);
      }
      return value;
    },
  } as const;
}

const secondsLimit = (name: string, value: number) => limit(name, value, seconds(name));

/** A number of at least 1 with a default. */
function limit(name: string, value: number, option = positiveInteger(name)) {
  return { ...withDefault(value, option), group: LIMITS } as const;
}
