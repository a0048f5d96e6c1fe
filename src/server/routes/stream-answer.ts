import type { Context } from 'hono';
import { stringifyJson } from '../../encoding/raw-json.js';
import type { RerankOutcome } from '../dialects/answer-rerank.js';
import type { Dialect } from '../dialects/dialect.js';
import type { RerankRequest } from '../dialects/rerank-request.js';
import type { RerankResult } from '../dialects/rerank-result.js';
import type { AppEnv } from '../http/context.js';
import { toHttpError } from '../http/error-map.js';

/**
 * An answer in NDJSON: a line for each document when it is scored, then the whole answer as the last line. After a
 * failure the last line is the error.
 *
 * @param run scores, and reports each result.
 * @throws errors of `run` before its first result, so that the answer has the error's own status.
 */
export async function streamAnswer(
  c: Context<AppEnv>,
  dialect: Dialect,
  request: RerankRequest,
  run: (onResult: (result: RerankResult) => void) => Promise<RerankOutcome>,
): Promise<Response> {
  const encoder = new TextEncoder();
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>(
    undefined,
    undefined,
    new CountQueuingStrategy({ highWaterMark: Number.POSITIVE_INFINITY }), // at most one line for each document
  );
  const writer = writable.getWriter();
  // If the client leaves, the request's signal ends `run`; further lines are discarded.
  const write = (value: unknown): void =>
    void writer.write(encoder.encode(`${stringifyJson(value)}\n`)).catch(() => {});
  const requestId = c.get('requestId');
  let tellFirst: () => void = () => {};
  const first = new Promise<void>((resolve) => {
    tellFirst = resolve;
  });
  const outcome = run((result) => {
    write(dialect.toResult(result, request));
    tellFirst();
  });
  await Promise.race([first, outcome]);
  const facts = c.get('facts');
  facts.streamed = outcome
    .then(
      (whole) => write(dialect.toAnswer(whole, requestId).body),
      (thrown) => {
        const error = toHttpError(thrown);
        facts.error = error;
        write(dialect.toError(error, requestId));
      },
    )
    .finally(() => void writer.close().catch(() => {}));
  // A proxy that buffers answers would hold the lines back; this header turns that off in nginx.
  return c.body(readable, 200, { 'Content-Type': 'application/x-ndjson', 'X-Accel-Buffering': 'no' });
}
