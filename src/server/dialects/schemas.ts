import { z } from 'zod';
import { EXPLAIN_METHODS } from '../explain/explain-calls.js';
import { HttpError } from '../http/http-error.js';
import { describeProblem } from '../http/problems.js';
import type { Limits, Settings } from '../settings.js';
import { COUNT, FLAG, SIZE } from './fields.js';

// Clients send null for what they leave open: everywhere it means what leaving it out means.
// Clients of hosted rerankers also write numbers and flags in quotes, in the fields that are COUNT and FLAG.
const documents = z
  .array(z.union([z.string(), z.looseObject({})], 'a string or an object with text'))
  .describe('Texts, or objects with "text" (or the fields that rank_fields names), which come back whole');

type Json = Readonly<Record<string, unknown>>;

// What the OpenAPI document says of fields that mean the same; the requests are checked in rerank-request.ts, which
// takes equal values under several names too.
/** Of a schema: a field that is there and not null. */
export const given = (name: string): Json => ({
  required: [name],
  properties: { [name]: { not: { type: 'null' } } },
});
const exactlyOne = (...names: readonly string[]): Json => ({ oneOf: names.map(given) });
const atMostOne = (...names: readonly string[]): Json => ({ not: { allOf: names.map(given) } });

const RERANK_RULES: readonly Json[] = [
  exactlyOne('documents', 'texts'),
  atMostOne('top_n', 'top_k'),
  atMostOne('return_documents', 'return_text'),
  atMostOne('truncate', 'truncation'),
];

/** Fields of other servers that change nothing here. */
const WITHOUT_EFFECT = ['return_len', 'user', 'priority'];

/** Everything that is understood in a rerank request, on every path: the dialects differ in defaults and answers. */
export const RERANK_BODY = z
  .looseObject({
    model: z.string().nullish().describe('A served model or alias; the default one where it is left out'),
    query: z.string(),
    documents: documents.nullish(),
    texts: documents.nullish().describe('Another name of documents'),
    top_n: COUNT.nullish().describe('Return so many of the best; all where it is left out or 0'),
    top_k: COUNT.nullish().describe('Another name of top_n'),
    return_documents: FLAG.nullish(),
    return_text: FLAG.nullish().describe('Another name of return_documents'),
    rank_fields: z
      .array(z.string())
      .max(32)
      .nullish()
      .describe('Fields of objects that make up the text, joined by a line end'),
    raw_scores: FLAG.nullish().describe('Logits, whatever the activation of the server'),
    min_score: z.number().nullish().describe('Leave out results below this, on the scale that is returned'),
    max_tokens_per_doc: COUNT.nullish().describe(
      'Cut each document to so many tokens before it meets the query',
    ),
    max_chunks_per_doc: COUNT.nullish().describe(
      'Score a document that is too long in so many overlapping windows at most; the best one counts',
    ),
    overlap_tokens: SIZE.nullish().describe(
      'Tokens that neighbouring windows share, fewer than one has; default 64, at most half of a window',
    ),
    truncate: FLAG.nullish().describe('false refuses a pair that is too long instead of cutting it'),
    truncation: FLAG.nullish().describe('Another name of truncate'),
    truncation_direction: z
      .enum(['left', 'right', 'Left', 'Right', ''])
      .nullish()
      .describe("Which end is cut; default as the model's tokenizer_config.json says, else right"),
    stream: z
      .boolean()
      .nullish()
      .describe(
        'Answer in NDJSON: a line for each document as it is scored, then the whole answer as the last line',
      ),
    deadline_ms: COUNT.nullish().describe(
      'After so many milliseconds answer with what is scored so far; meta.complete says whether that is all',
    ),
    explain: z
      .enum(EXPLAIN_METHODS)
      .nullish()
      .describe(
        'Say why each returned result scored as it did, the best first as far as the cost limit goes: what each word did ' +
          'to its logit. Ask for few with top_n',
      ),
    dry_run: z
      .boolean()
      .nullish()
      .describe('Only count: tokens, batches, padding and cuts, without a forward pass'),
  })
  .meta({ allOf: RERANK_RULES });

/** The same where a dialect takes less of it: what the OpenAPI document says beside. */
export function rerankBodyWith(...rules: readonly Json[]): typeof RERANK_BODY {
  return RERANK_BODY.meta({ allOf: [...RERANK_RULES, ...rules] });
}

/** A rerank request as it came. */
export type RerankBody = z.infer<typeof RERANK_BODY>;

const texts = z.union([z.string(), z.array(z.string())], 'a string or a list of strings');

/** The names that vLLM's score API has for queries, and for documents. */
export const FIRST_TEXTS = ['text_1', 'queries', 'data_1'] as const;
export const SECOND_TEXTS = ['text_2', 'documents', 'data_2', 'items'] as const;

/** A request of vLLM's score API. */
export const SCORE_BODY = z
  .looseObject({
    model: z.string().nullish(),
    text_1: texts.nullish().describe('One query, or one for each of text_2'),
    text_2: texts.nullish().describe('The documents'),
    queries: texts.nullish().describe('Another name of text_1'),
    documents: texts.nullish().describe('Another name of text_2'),
    data_1: texts.nullish().describe('Another name of text_1'),
    data_2: texts.nullish().describe('Another name of text_2'),
    items: texts.nullish().describe('Another name of text_2'),
    raw_scores: FLAG.nullish().describe('Logits, whatever the activation of the server'),
  })
  .meta({ allOf: [exactlyOne(...FIRST_TEXTS), exactlyOne(...SECOND_TEXTS)] });

/** A score request as it came. */
export type ScoreBody = z.infer<typeof SCORE_BODY>;

/** A request to look at documents from all sides. */
export const INSPECT_BODY = z.looseObject({
  model: z.string().nullish().describe('A served model or alias; the default one where it is left out'),
  query: z.string(),
  documents: z
    .array(z.string())
    .min(1)
    .max(16)
    .describe('Texts; the page opens at the first of them, and has the best first'),
  methods: z
    .array(z.enum(EXPLAIN_METHODS))
    .min(1)
    .nullish()
    .describe(
      'How the logit is shared out among the words; all that the server explains where it is left out',
    ),
  attention: z.boolean().nullish().describe('Where each head of each layer looks, too; default no'),
});

/** A request to tokenize, in the words of text-embeddings-inference or of vLLM. */
export const TOKENIZE_BODY = z
  .looseObject({
    model: z.string().nullish(),
    inputs: texts.nullish().describe('Texts; the answer is a list of tokens for each'),
    prompt: z.string().nullish().describe('One text; the answer has count and ids'),
    add_special_tokens: FLAG.nullish().describe('Whether <s> and </s> are around each text; default true'),
  })
  .meta({ anyOf: [given('inputs'), given('prompt')] });

/** A request's body, and what was said of it. */
export interface Parsed<T> {
  readonly body: T;
  readonly warnings: readonly string[];
}

/**
 * @throws HttpError 400 that names each field that is wrong, and in strict mode each that is not known; 413 for a list
 * that is too long to look into.
 */
export function parseBody<S extends z.ZodObject>(
  schema: S,
  json: Readonly<Record<string, unknown>>,
  {
    strict,
    limits: { maxDocuments },
  }: Pick<Settings, 'strict'> & { readonly limits: Pick<Limits, 'maxDocuments'> },
): Parsed<z.infer<S>> {
  for (const name of Object.keys(schema.shape)) {
    const list = Object.hasOwn(json, name) ? json[name] : undefined;
    if (Array.isArray(list) && list.length > maxDocuments) {
      throw new HttpError(
        413,
        'too_large',
        `There are ${list.length} ${name}; at most ${maxDocuments} are accepted in one request.`,
      );
    }
  }
  const result = schema.safeParse(json);
  if (!result.success) {
    const problems = result.error.issues.slice(0, 5).map((issue) => describeProblem(issue, json));
    throw new HttpError(400, 'invalid_request', `The request is not understood. ${problems.join('; ')}`);
  }
  const unknown = Object.keys(json).filter(
    (name) => !Object.hasOwn(schema.shape, name) && !WITHOUT_EFFECT.includes(name),
  );
  const named = unknown
    .map((name) => JSON.stringify(name.slice(0, 64)))
    .slice(0, 10)
    .join(', ');
  if (unknown.length > 0 && strict) {
    throw new HttpError(400, 'unknown_field', `Unknown in the request: ${named}.`);
  }
  return { body: result.data, warnings: unknown.length > 0 ? [`Unknown and ignored: ${named}.`] : [] };
}
