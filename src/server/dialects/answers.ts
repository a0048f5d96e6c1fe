import { z } from 'zod';
import { EXPLAIN_METHODS } from '../explain/explain-calls.js';

/** How many of a pair's tokens were used and how many were cut. */
export const TOKENS = z.object({ used: z.int(), query_cut: z.int(), document_cut: z.int() });

/** A word of a text, its place in UTF-16 units, and its effect on the logit: above 0 it raised the logit. */
const WORD = z.object({ start: z.int(), end: z.int(), text: z.string(), value: z.number() });

/** A result in the shape of Cohere and Jina. */
export const RESULT = z.object({
  index: z.int(),
  relevance_score: z.number(),
  calibrated_score: z
    .number()
    .optional()
    .describe('The probability of relevance, if the server has a calibration of the model'),
  id: z.unknown().optional().describe('The id of the document, if it was an object with an id'),
  metadata: z
    .unknown()
    .optional()
    .describe('The metadata of the document, if it was an object with metadata'),
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
    .describe('The effect of each word on the logit, if explain asked for it'),
});

/** The function from logits to scores, used unless a request asks for `raw_scores`. */
export const ACTIVATION = z.enum(['sigmoid', 'identity']);

/** How the scores were computed. */
export const META = z.object({
  api_version: z.object({ version: z.string() }),
  billed_units: z.object({ search_units: z.int() }),
  tokens: z.object({ input_tokens: z.int(), output_tokens: z.int() }),
  warnings: z.array(z.string()).optional(),
  score_type: z.enum(['sigmoid', 'logit']).describe('The scale of the scores in this answer'),
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

/** An error in which every client finds its message. */
export const FAILURE = z.object({
  id: z.string(),
  message: z.string(),
  detail: z.string(),
  error: z.object({ message: z.string(), type: z.string(), code: z.int() }),
});

/** Token counts in OpenAI's shape; some clients made for chats require them. */
export const USAGE = z.object({
  prompt_tokens: z.int(),
  completion_tokens: z.literal(0),
  total_tokens: z.int(),
});
