import type { z } from 'zod';
import type { HttpError, HttpErrorType } from '../http/http-error.js';
import type { RerankOutcome } from './answer-rerank.js';
import type { RerankRequest } from './rerank-request.js';
import type { RerankResult } from './rerank-result.js';

/** The body and headers of an answer. */
export interface Worded {
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The shape of requests and answers for one kind of client. */
export interface Dialect<S extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  /** One line, for the OpenAPI document. */
  readonly summary: string;
  readonly schema: S;
  /** Schema of an answer. */
  readonly answer: z.ZodType;
  /** Schema of an error. */
  readonly failure: z.ZodType;
  /**
   * @param source the body as it was written.
   * @throws HttpError 400 for errors that the schema cannot express.
   */
  toRequest(body: z.infer<S>, options: { readonly dryRun: boolean; readonly source: string }): RerankRequest;
  /** One result: an element of the answer, or a line of a stream. */
  toResult(result: RerankResult, request: RerankRequest): unknown;
  toAnswer(outcome: RerankOutcome, requestId: string): Worded;
  toError(error: HttpError, requestId: string): unknown;
  /** Statuses that its clients expect instead of the error's own. */
  readonly statuses?: Readonly<Partial<Record<HttpErrorType, number>>>;
}
