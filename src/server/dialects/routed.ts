import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { AppEnv } from '../http/context.js';
import { toHttpError } from '../http/error-map.js';
import { COHERE_V1 } from './cohere-v1.js';
import { COHERE_V2 } from './cohere-v2.js';
import type { Dialect } from './dialect.js';
import { JINA } from './jina.js';
import { TEI } from './tei.js';
import { VLLM_SCORE } from './vllm-score.js';
import { VOYAGE } from './voyage.js';

/** A path that scores and its dialects. The first one is used unless the body has the shape of another. */
export interface RoutedDialect {
  readonly path: string;
  readonly dialects: readonly Dialect[];
}

/** Every path that scores. */
export const ROUTED_DIALECTS: readonly RoutedDialect[] = [
  { path: '/v1/rerank', dialects: [COHERE_V1] },
  { path: '/v2/rerank', dialects: [COHERE_V2] },
  { path: '/rerank', dialects: [TEI, JINA] },
  { path: '/voyage/v1/rerank', dialects: [VOYAGE] },
  { path: '/score', dialects: [VLLM_SCORE] },
  { path: '/v1/score', dialects: [VLLM_SCORE] },
];

/** Chooses between the two dialects of a path: Jina's bodies have `documents`, the other's have `texts`. */
export function chooseDialect(
  dialects: readonly Dialect[],
  json: Readonly<Record<string, unknown>>,
): Dialect {
  const [first, other] = dialects as [Dialect, Dialect?];
  const isGiven = (name: string): boolean => Object.hasOwn(json, name) && json[name] !== null;
  return other !== undefined && isGiven('documents') && !isGiven('texts') ? other : first;
}

/** The dialect for errors of a path before its body is read. */
export function dialectOfPath(path: string): Dialect {
  return ROUTED_DIALECTS.find((routed) => routed.path === path)?.dialects[0] ?? COHERE_V1;
}

/** An error as an answer in the dialect's shape. */
export function failInDialect(c: Context<AppEnv>, dialect: Dialect, thrown: unknown): Response {
  const error = toHttpError(thrown);
  c.get('facts').error = error;
  const status = dialect.statuses?.[error.type] ?? error.status;
  return c.json(dialect.toError(error, c.get('requestId')) as object, status as ContentfulStatusCode, {
    ...error.headers,
  });
}
