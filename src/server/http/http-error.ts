import { RerankerError } from '../../errors/errors.js';

/** What kind of refusal it is: stable, for programs. */
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

/** An answer that is an error: every dialect words it in its own shape. */
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
