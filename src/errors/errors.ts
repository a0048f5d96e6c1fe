/**
 * The base of every error that this library throws on purpose. There is one class for each decision that a caller can
 * take. `code` is stable and made for programs. `message` is made for people: what failed, where, what was expected and
 * found, what to do.
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
    /** The field of config.json, if one is to blame. */
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

/** tokenizer.json is missing, unreadable or of an unsupported kind. */
export class TokenizationError extends RerankerError {
  constructor(message: string, options?: ErrorOptions) {
    super('tokenization', message, options);
  }
}

/** The caller's input (an argument, a line, a query, a document) cannot be used. */
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

/** No backend, or not the requested one, could be started in this thread. */
export class BackendUnavailableError extends RerankerError {
  constructor(message: string, options?: ErrorOptions) {
    super('backend_unavailable', message, options);
  }
}

/** The native backend cannot be set up here; the existing installation is unchanged. */
export class NativeSetupError extends RerankerError {
  constructor(message: string, options?: ErrorOptions) {
    super('native_setup', message, options);
  }
}

/** More work is waiting than is accepted; a later attempt may succeed. */
export class OverloadedError extends RerankerError {
  constructor(
    message: string,
    /** After this time it is likely to be accepted. */
    readonly retryAfterMs: number,
  ) {
    super('overloaded', message);
  }
}

/** The process that holds the model has ended or is starting. Its open calls are lost; a new process takes the next. */
export class ModelUnavailableError extends RerankerError {
  constructor(message: string, options?: ErrorOptions) {
    super('model_unavailable', message, options);
  }
}

/** Why a model of the hub is not available. */
export type HubFailure =
  /** There is no such model or revision, or only others may see it. */
  | 'not_found'
  /** A token is missing or wrong, or its owner has no access. */
  | 'access'
  /** The model is not on this machine, and requests to the hub are off. */
  | 'offline'
  /** There is no connection, or the hub fails. */
  | 'unreachable'
  /** Too many requests. */
  | 'rate_limited'
  /** The repository has nothing that runs here. */
  | 'unusable'
  /** The content is not what the hub announced. */
  | 'corrupt'
  /** The cache cannot be written: no space, no permission. */
  | 'storage';

/** A model of the hub is not available; the cache keeps what it had. */
export class HubError extends RerankerError {
  /** After this time the hub accepts requests again, if it said so. */
  readonly retryAfterMs: number | undefined;
  /** The HTTP status of the failed request, if there was one. */
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

/** A file or a stream cannot be written: a full disk, no permission. */
export class OutputError extends RerankerError {
  constructor(message: string, options?: ErrorOptions) {
    super('output', message, options);
  }
}

/** A bug of this project: for example a logit that is not finite, or a broken assumption of the code. */
export class InternalError extends RerankerError {
  constructor(message: string, options?: ErrorOptions) {
    super('internal', message, options);
  }
}
