import { z } from 'zod';
import { EXPLAIN_METHODS } from '../explain/explain-calls.js';

/** What became of a pair's tokens. */
export const TOKENS = z.object({ used: z.int(), query_cut: z.int(), document_cut: z.int() });

/** A word of a text, at its place in UTF-16 units, and what it did to the logit: more than 0 raised it. */
const WORD = z.object({ start: z.int(), end: z.int(), text: z.string(), value: z.number() });

/** A result as Cohere and Jina have it. */
export const RESULT = z.object({
  index: z.int(),
  relevance_score: z.number(),
  id: z.unknown().optional().describe('Of a document that was an object with one'),
  metadata: z.unknown().optional().describe('Of a document that was an object with it'),
  document: z.unknown().optional(),
  tokens: TOKENS,
  chunk: z
    .object({ index: z.int(), of: z.int(), start_token: z.int(), end_token: z.int() })
    .optional()
    .describe('Which window of a long document was the best'),
  explanation: z
    .object({
      method: z.enum(EXPLAIN_METHODS),
      logit: z.number(),
      baseline_logit: z.number().optional(),
      residual: z.number().optional().describe('logit - baseline_logit - the sum of all values'),
      steps: z.int().optional(),
      query: z.array(WORD),
      document: z.array(WORD),
    })
    .optional()
    .describe('What each word did to the logit, where explain asked for it'),
});

/** What a model's scores are of its logits where a request does not ask for `raw_scores`. */
export const ACTIVATION = z.enum(['sigmoid', 'identity']);

/** How the scores came about. */
export const META = z.object({
  api_version: z.object({ version: z.string() }),
  billed_units: z.object({ search_units: z.int() }),
  tokens: z.object({ input_tokens: z.int(), output_tokens: z.int() }),
  warnings: z.array(z.string()).optional(),
  score_type: z.enum(['sigmoid', 'logit']).describe('What the scores of this answer are'),
  complete: z.boolean().optional(),
  scored_documents: z.int().optional(),
  model: z.object({
    name: z.string(),
    sha256: z.string(),
    dtype: z.string(),
    backend: z.string(),
    activation: ACTIVATION,
  }),
  dry_run: z.object({ documents: z.array(TOKENS), batches: z.int(), padding_share: z.number() }).optional(),
});

/** An error that every client finds its message in. */
export const FAILURE = z.object({
  id: z.string(),
  message: z.string(),
  detail: z.string(),
  error: z.object({ message: z.string(), type: z.string(), code: z.int() }),
});

/** Tokens as OpenAI counts them: clients that know chats insist on those of an answer. */
export const USAGE = z.object({
  prompt_tokens: z.int(),
  completion_tokens: z.literal(0),
  total_tokens: z.int(),
});
