import type { z } from 'zod';
import type { HttpError, HttpErrorType } from '../http/http-error.js';
import type { RerankOutcome } from './answer-rerank.js';
import type { RerankRequest } from './rerank-request.js';
import type { RerankResult } from './rerank-result.js';

/** An answer's body, and the headers that go with it. */
export interface Worded {
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How one kind of client asks for scores, and what it expects back. */
export interface Dialect<S extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  /** One line, for the OpenAPI document. */
  readonly summary: string;
  readonly schema: S;
  /** What an answer looks like. */
  readonly answer: z.ZodType;
  /** What an error looks like. */
  readonly failure: z.ZodType;
  /**
   * @param source the body as it was written.
   * @throws HttpError 400 for what the schema cannot say.
   */
  toRequest(body: z.infer<S>, options: { readonly dryRun: boolean; readonly source: string }): RerankRequest;
  /** One result: a part of the answer, and a line of a stream. */
  toResult(result: RerankResult, request: RerankRequest): unknown;
  toAnswer(outcome: RerankOutcome, requestId: string): Worded;
  toError(error: HttpError, requestId: string): unknown;
  /** Where its clients expect another status than the error's own. */
  readonly statuses?: Readonly<Partial<Record<HttpErrorType, number>>>;
}
