import { z } from 'zod';
import { ACTIVATION } from '../dialects/answers.js';

const tokens = z.array(
  z.object({
    id: z.int(),
    text: z.string(),
    special: z.boolean(),
    start: z.int().nullable(),
    stop: z.int().nullable(),
  }),
);
const span = z.object({ part: z.enum(['query', 'document']), start: z.int(), end: z.int() });
const health = z.object({ status: z.enum(['live', 'ready', 'starting', 'draining']) });
const model = z.object({
  id: z.string(),
  object: z.literal('model'),
  created: z.int(),
  owned_by: z.string(),
  aliases: z.array(z.string()),
  max_model_len: z.int(),
  ready: z.boolean(),
  name: z.string(),
  sha256: z.string(),
  dtype: z.string(),
  backend: z.string(),
  activation: ACTIVATION,
});

/** Schemas of the 200 answers of all paths that do not score. */
export const ANSWERS: Readonly<Record<string, z.ZodType>> = {
  '/health': health,
  '/health/live': health,
  '/health/ready': health,
  '/v1/models': z.object({ object: z.literal('list'), data: z.array(model) }),
  '/info': z.object({
    model_id: z.string(),
    model_sha: z.string(),
    model_dtype: z.string(),
    model_type: z.object({
      reranker: z.object({
        id2label: z.record(z.string(), z.string()),
        label2id: z.record(z.string(), z.int()),
      }),
    }),
    backend: z.string(),
    activation: ACTIVATION,
    max_input_length: z.int(),
    max_batch_tokens: z.int(),
    max_client_batch_size: z.int(),
    auto_truncate: z.boolean(),
    version: z.string(),
    limits: z.record(z.string(), z.number()),
  }),
  '/metrics': z.string(),
  '/openapi.json': z.looseObject({ openapi: z.string() }),
  '/v1/inspect': z.object({
    inspections: z
      .array(
        z.looseObject({
          pair: z.object({ query: z.string(), document: z.string() }),
          logit: z.number(),
          score: z.number(),
          words: z.array(span),
          sentences: z.array(z.looseObject({ ...span.shape, alone_logit: z.number().nullable() })),
          attributions: z.array(
            z.looseObject({
              method: z.string(),
              words: z.array(z.number()),
              sentences: z.array(z.number()),
              residual: z.number().nullable(),
            }),
          ),
          depth: z.array(z.object({ layer: z.int(), logit: z.number(), score: z.number() })),
        }),
      )
      .describe('The best first; in the shape of tfjs-reranker inspect --format json'),
    order: z.array(z.int()).describe('For each inspection, the index of its document in the request'),
    counterfactuals: z.array(z.null()),
  }),
  '/tokenize': z.union([
    z.array(tokens).describe('For inputs'),
    z.object({ count: z.int(), max_model_len: z.int(), tokens: z.array(z.int()) }).describe('For prompt'),
  ]),
};
