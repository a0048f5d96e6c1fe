import { RerankerError } from '../../errors/errors.js';

/** The kind of error: stable, for programs. */
export type HttpErrorType =
  | 'invalid_body'
  | 'invalid_request'
  | 'unknown_field'
  | 'no_documents'
  | 'too_large'
  | 'unsupported_encoding'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'model_not_found'
  | 'method_not_allowed'
  | 'rate_limited'
  | 'overloaded'
  | 'timeout'
  | 'client_closed'
  | 'unavailable'
  | 'internal';

/** An error with its HTTP status. Each dialect gives it its own shape. */
export class HttpError extends RerankerError {
  constructor(
    readonly status: number,
    readonly type: HttpErrorType,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
    options?: ErrorOptions,
  ) {
    super(type, message, options);
  }
}
