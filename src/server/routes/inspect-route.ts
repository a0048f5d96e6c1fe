import type { Context, Hono } from 'hono';
import type { z } from 'zod';
import { toSnakeCase } from '../../encoding/snake-case.js';
import type { PreparedInspection } from '../../inspection/inspect.js';
import type { InspectedRanking } from '../../inspection/inspection.js';
import { rankInspections } from '../../inspection/rank-inspections.js';
import { reportPage } from '../../inspection/report/report-page.js';
import { rerank } from '../dialects/answer-rerank.js';
import { toRerankRequest } from '../dialects/rerank-request.js';
import { INSPECT_BODY, parseBody } from '../dialects/schemas.js';
import { METHODS_OF } from '../explain/explain-calls.js';
import { assertExplains } from '../explain/explain-results.js';
import type { AppDeps, AppEnv } from '../http/context.js';
import { HttpError } from '../http/http-error.js';
import { createRequestSignal } from '../http/request-signal.js';

/** Attention's part of an answer of some megabytes; the rest is for texts and tables. */
const ATTENTION_BYTES = 1.5e6;

/** The path for inspecting documents. */
export const INSPECT_PATH = '/v1/inspect';

/** `/v1/inspect`: why documents scored as they did, as JSON, or as the report page if `text/html` is accepted. */
export function addInspectRoute(app: Hono<AppEnv>, deps: AppDeps): void {
  app.post(INSPECT_PATH, async (c) => {
    const { json, release } = await deps.bodies.read(c.env.incoming);
    try {
      const { body } = parseBody(INSPECT_BODY, json, deps.settings);
      const ranking = await inspect(c, deps, body);
      if (!(c.req.header('accept') ?? '').includes('text/html')) {
        return c.json(toSnakeCase(ranking) as object);
      }
      const { html, policy } = reportPage(ranking, ranking.order.indexOf(0));
      return c.html(html, 200, { 'Content-Security-Policy': policy, 'X-Content-Type-Options': 'nosniff' });
    } finally {
      release();
    }
  });
}

async function inspect(
  c: Context<AppEnv>,
  { models, quotas, metrics, settings, lifecycle }: AppDeps,
  { model: name, query, documents, methods, attention }: z.infer<typeof INSPECT_BODY>,
): Promise<InspectedRanking> {
  const { limits, explain } = settings;
  const deadline = performance.now() + limits.requestTimeoutMs;
  const wanted = [...new Set(methods ?? METHODS_OF[explain])];
  assertExplains(explain, wanted);
  const [key, facts] = [c.get('key'), c.get('facts')];
  const { signal, release } = createRequestSignal(
    c.req.raw.signal,
    lifecycle.deadline,
    limits.requestTimeoutMs,
  );
  if (key !== undefined) {
    quotas.countDocuments(key, documents.length);
  }
  try {
    const counted = toRerankRequest({ model: name, query, documents }, { dryRun: true });
    const { model, usedTokens } = await rerank(models, counted, { limits, explain, signal });
    Object.assign(facts, { model: model.name, documents: documents.length, tokens: usedTokens });
    const { explainer } = model;
    const prepared: PreparedInspection[] = [];
    for (const document of documents) {
      prepared.push(await explainer.prepareInspection({ query, document }, signal));
    }
    const tokens = explainer.inspectionCost(prepared, wanted);
    if (tokens > limits.maxExplainTokens) {
      throw new HttpError(
        413,
        'too_large',
        `This inspection may compute up to ${tokens} tokens; at most ${limits.maxExplainTokens} are allowed for one ` +
          'request. Send fewer or shorter documents.',
      );
    }
    const maxAttentionBytes = attention === true ? ATTENTION_BYTES : 0;
    const found = await explainer.inspect(prepared, wanted, maxAttentionBytes, { deadline, signal });
    const ranking = rankInspections(found);
    metrics.countExplanations(model.name, c.req.path, documents.length);
    return ranking;
  } catch (error) {
    if (key !== undefined) {
      quotas.returnDocuments(key, documents.length);
    }
    throw error;
  } finally {
    release();
  }
}
