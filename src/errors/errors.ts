/**
 * Every error this library throws on purpose. One class per decision that a caller can take; `code` is stable
 * and made for programs, `message` is made for people: what failed, where, expected and got, what to do.
 */
export class RerankerError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** config.json is missing, unreadable, contradictory or asks for something unsupported. */
export class ConfigError extends RerankerError {
  constructor(
    message: string,
    /** The field of config.json, where one is to blame. */
    readonly field?: string,
    options?: ErrorOptions,
  ) {
    super('config', message, options);
  }
}

/** A checkpoint file breaks the safetensors format, or its index does not fit its shards. */
export class WeightFormatError extends RerankerError {
  constructor(
    message: string,
    /** The file that is broken. */
    readonly file: string,
    options?: ErrorOptions,
  ) {
    super('weight_format', message, options);
  }
}

/** A model folder lacks a file, or a checkpoint's tensors are not exactly those that the model needs. */
export class WeightNotFoundError extends RerankerError {
  constructor(
    message: string,
    /** Tensors that the model needs and the checkpoint lacks. */
    readonly missing: readonly string[] = [],
    /** Tensors that the checkpoint has and the model does not know. */
    readonly unexpected: readonly string[] = [],
    options?: ErrorOptions,
  ) {
    super('weight_not_found', message, options);
  }
}

/** A tensor's shape is not the one that config.json asks for. */
export class WeightShapeError extends RerankerError {
  constructor(
    message: string,
    readonly tensor: string,
    readonly expected: readonly number[],
    readonly got: readonly number[],
  ) {
    super('weight_shape', message);
  }
}

/** tokenizer.json is missing, unreadable or of a kind that this project does not run. */
export class TokenizationError extends RerankerError {
  constructor(message: string, options?: ErrorOptions) {
    super('tokenization', message, options);
  }
}

/** What the caller gave (an argument, a line, a query, a document) cannot be used. */
export class InputError extends RerankerError {
  constructor(message: string, options?: ErrorOptions) {
    super('input', message, options);
  }
}

/** A sequence does not fit the model's positions. */
export class SequenceTooLongError extends RerankerError {
  constructor(
    message: string,
    readonly tokens: number,
    readonly limit: number,
  ) {
    super('sequence_too_long', message);
  }
}

/** No backend, or not the asked one, could be started in this thread. */
export class BackendUnavailableError extends RerankerError {
  constructor(message: string, options?: ErrorOptions) {
    super('backend_unavailable', message, options);
  }
}

/** The native backend cannot be set up here; what was installed before is as it was. */
export class NativeSetupError extends RerankerError {
  constructor(message: string, options?: ErrorOptions) {
    super('native_setup', message, options);
  }
}

/** More work is waiting than is accepted; it can be tried again later. */
export class OverloadedError extends RerankerError {
  constructor(
    message: string,
    /** After how long it is likely to be accepted. */
    readonly retryAfterMs: number,
  ) {
    super('overloaded', message);
  }
}

/** The process that holds the model has ended or is starting; what was in it is lost, a new one takes the next. */
export class ModelUnavailableError extends RerankerError {
  constructor(message: string, options?: ErrorOptions) {
    super('model_unavailable', message, options);
  }
}

/** Why a model could not be had from the hub. */
export type HubFailure =
  /** No such model or revision, or one that only others may see. */
  | 'not_found'
  /** A token is missing, wrong, or of somebody who has not been let in. */
  | 'access'
  /** The model is not here, and the hub may not be asked. */
  | 'offline'
  /** No connection, or a hub that fails. */
  | 'unreachable'
  /** Too many requests. */
  | 'rate_limited'
  /** The repository has nothing that runs here. */
  | 'unusable'
  /** What came is not what the hub announced. */
  | 'corrupt'
  /** The cache cannot be written: no space, no permission. */
  | 'storage';

/** A model could not be had from the hub; what is in the cache is as it was. */
export class HubError extends RerankerError {
  /** After how long the hub takes requests again, where it said so. */
  readonly retryAfterMs: number | undefined;
  /** The status of the answer that was no success, where there was one. */
  readonly status: number | undefined;

  constructor(
    message: string,
    readonly reason: HubFailure,
    {
      retryAfterMs,
      status,
      ...options
    }: ErrorOptions & { readonly retryAfterMs?: number | undefined; readonly status?: number } = {},
  ) {
    super('hub', message, options);
    this.retryAfterMs = retryAfterMs;
    this.status = status;
  }
}

/** A model is not the one that the lock file describes. */
export class ModelChangedError extends RerankerError {
  constructor(
    message: string,
    /** Files that differ, are missing or are new. */
    readonly files: readonly string[],
  ) {
    super('model_changed', message);
  }
}

/** A bug of ours: a logit that is not finite, a promise of the code that does not hold. */
export class InternalError extends RerankerError {
  constructor(message: string, options?: ErrorOptions) {
    super('internal', message, options);
  }
}
