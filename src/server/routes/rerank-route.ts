import type { Context, Hono } from 'hono';
import type { z } from 'zod';
import { stringifyJson } from '../../encoding/raw-json.js';
import { type RerankOutcome, rerank } from '../dialects/answer-rerank.js';
import type { Dialect } from '../dialects/dialect.js';
import type { RerankRequest } from '../dialects/rerank-request.js';
import type { RerankResult } from '../dialects/rerank-result.js';
import { chooseDialect, failInDialect, type RoutedDialect } from '../dialects/routed.js';
import { parseBody } from '../dialects/schemas.js';
import type { AppDeps, AppEnv } from '../http/context.js';
import { createRequestSignal } from '../http/request-signal.js';
import { streamAnswer } from './stream-answer.js';

/** A path that scores, in its dialect or in the one of two that fits the body. */
export function addRerankRoute(app: Hono<AppEnv>, deps: AppDeps, { path, dialects }: RoutedDialect): void {
  app.post(path, async (c) => {
    let dialect = dialects[0] as Dialect;
    let release = (): void => {};
    try {
      const read = await deps.bodies.read(c.env.incoming);
      release = read.release;
      const { json, text } = read;
      dialect = chooseDialect(dialects, json);
      const { body, warnings } = parseBody(dialect.schema, json, deps.settings);
      const request = dialect.toRequest(body as z.infer<typeof dialect.schema>, {
        dryRun: wantsDryRun(c),
        source: text,
      });
      if (request.stream) {
        return await streamAnswer(c, dialect, request, (onResult) =>
          score(c, deps, request, warnings, onResult),
        );
      }
      const outcome = await score(c, deps, request, warnings);
      const { body: answer, headers } = dialect.toAnswer(outcome, c.get('requestId'));
      return c.body(stringifyJson(answer), 200, {
        ...headers,
        'Content-Type': 'application/json',
        'Server-Timing': serverTiming(outcome),
      });
    } catch (error) {
      return failInDialect(c, dialect, error);
    } finally {
      void (c.get('facts').streamed ?? Promise.resolve()).then(release);
    }
  });
}

async function score(
  c: Context<AppEnv>,
  { models, quotas, metrics, settings, lifecycle }: AppDeps,
  request: RerankRequest,
  warnings: readonly string[],
  onResult?: (result: RerankResult) => void,
): Promise<RerankOutcome> {
  const { limits } = settings;
  const [key, facts] = [c.get('key'), c.get('facts')];
  const documents = request.dryRun ? 0 : request.documents.length;
  const { signal, release } = createRequestSignal(
    c.req.raw.signal,
    lifecycle.deadline,
    limits.requestTimeoutMs,
  );
  if (key !== undefined) {
    quotas.countDocuments(key, documents);
  }
  try {
    const { explain } = settings;
    const outcome = await rerank(models, request, { limits, explain, warnings, signal, onResult });
    const { model, usedTokens, timing } = outcome;
    Object.assign(facts, {
      model: model.name,
      documents: request.documents.length,
      tokens: usedTokens,
      ...timing,
    });
    if (!request.dryRun) {
      metrics.countDocuments({
        model: model.name,
        route: c.req.path,
        key: key?.name ?? '',
        documents,
        tokens: usedTokens,
        queueSeconds: timing.queueMs / 1000,
      });
      const explained = outcome.results.filter(({ explanation }) => explanation !== undefined);
      metrics.countExplanations(model.name, c.req.path, explained.length);
    }
    return outcome;
  } catch (error) {
    if (key !== undefined) {
      quotas.returnDocuments(key, documents);
    }
    throw error;
  } finally {
    release();
  }
}

function wantsDryRun(c: Context<AppEnv>): boolean {
  const value = c.req.query('dry_run');
  return value !== undefined && !['0', 'false', 'no'].includes(value);
}

function serverTiming({ timing: { tokenizeMs, queueMs, inferenceMs } }: RerankOutcome): string {
  return Object.entries({ tokenize: tokenizeMs, queue: queueMs, inference: inferenceMs })
    .map(([name, ms]) => `${name};dur=${ms.toFixed(1)}`)
    .join(', ');
}
