import {
  InputError,
  ModelUnavailableError,
  OverloadedError,
  RerankerError,
  SequenceTooLongError,
} from '../../errors/errors.js';
import { HttpError } from './http-error.js';

/** Any thrown error as an HTTP answer. Details of the server's own faults go to the log only. */
export function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) {
    return error;
  }
  const cause = { cause: error };
  if (error instanceof OverloadedError) {
    return new HttpError(429, 'overloaded', error.message, retryAfter(error.retryAfterMs), cause);
  }
  if (error instanceof ModelUnavailableError) {
    return new HttpError(503, 'unavailable', error.message, retryAfter(1000), cause);
  }
  if (error instanceof SequenceTooLongError) {
    return new HttpError(413, 'too_large', error.message, {}, cause);
  }
  if (error instanceof InputError) {
    return new HttpError(400, 'invalid_request', error.message, {}, cause);
  }
  const message =
    error instanceof RerankerError
      ? 'The model failed on this request; the log has the details.'
      : 'The server failed on this request; the log has the details.';
  return new HttpError(500, 'internal', message, {}, cause);
}

/** The header that says when to try again: whole seconds, at least one. */
export function retryAfter(ms: number): { 'Retry-After': string } {
  return { 'Retry-After': String(Math.max(Math.ceil(ms / 1000), 1)) };
}
