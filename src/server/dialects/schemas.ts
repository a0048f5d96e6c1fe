import { z } from 'zod';
import { EXPLAIN_METHODS } from '../explain/explain-calls.js';
import { HttpError } from '../http/http-error.js';
import { describeProblem } from '../http/problems.js';
import type { Limits, Settings } from '../settings.js';
import { COUNT, FLAG, SIZE } from './fields.js';

// Clients send null for fields that they leave open: null means the same as a missing field everywhere.
// Clients of hosted rerankers also write numbers and flags in quotes; COUNT and FLAG accept them.
const documents = z
  .array(z.union([z.string(), z.looseObject({})], 'a string or an object with text'))
  .describe(
    'Texts, or objects with "text" (or the fields that rank_fields names); objects are returned whole',
  );

type Json = Readonly<Record<string, unknown>>;

// What the OpenAPI document says of fields that mean the same. Requests are checked in rerank-request.ts, which also
// accepts equal values under several names.
/** A rule for a schema: the field is present and not null. */
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

/** Fields of other servers that have no effect here. */
const WITHOUT_EFFECT = ['return_len', 'user', 'priority'];

/** Every field of a rerank request, for all paths. The dialects differ in defaults and answers. */
export const RERANK_BODY = z
  .looseObject({
    model: z.string().nullish().describe('A served model or alias; default: the first served model'),
    query: z.string(),
    documents: documents.nullish(),
    texts: documents.nullish().describe('Another name of documents'),
    top_n: COUNT.nullish().describe('Number of best results to return; all if missing or 0'),
    top_k: COUNT.nullish().describe('Another name of top_n'),
    return_documents: FLAG.nullish(),
    return_text: FLAG.nullish().describe('Another name of return_documents'),
    rank_fields: z
      .array(z.string())
      .max(32)
      .nullish()
      .describe('Fields of objects that make up the text, joined by line breaks'),
    raw_scores: FLAG.nullish().describe("Return logits instead of the scores of the server's activation"),
    min_score: z.number().nullish().describe('Leave out results with a lower score, on the returned scale'),
    min_calibrated_score: z
      .number()
      .min(0)
      .max(1)
      .nullish()
      .describe(
        'Leave out results with a lower calibrated score; the server needs a calibration of the model',
      ),
    max_tokens_per_doc: COUNT.nullish().describe(
      'Cut each document to this many tokens before it is joined with the query',
    ),
    max_chunks_per_doc: COUNT.nullish().describe(
      'Score a document that is too long in at most this many overlapping windows; the best window counts',
    ),
    overlap_tokens: SIZE.nullish().describe(
      'Tokens that neighbouring windows share, fewer than a window has; default 64, at most half of a window',
    ),
    truncate: FLAG.nullish().describe('false refuses a pair that is too long instead of cutting it'),
    truncation: FLAG.nullish().describe('Another name of truncate'),
    truncation_direction: z
      .enum(['left', 'right', 'Left', 'Right', ''])
      .nullish()
      .describe("The end that is cut; default as in the model's tokenizer_config.json, else right"),
    stream: z
      .boolean()
      .nullish()
      .describe(
        'Answer in NDJSON: a line for each document as it is scored, then the whole answer as the last line',
      ),
    deadline_ms: COUNT.nullish().describe(
      'Answer after this many milliseconds with the documents scored by then; meta.complete says whether these are all',
    ),
    explain: z
      .enum(EXPLAIN_METHODS)
      .nullish()
      .describe(
        'Say why each returned result scored as it did: the effect of each word on its logit. The best results come first, ' +
          'up to the cost limit; ask for few with top_n',
      ),
    dry_run: z
      .boolean()
      .nullish()
      .describe('Only count tokens, batches, padding and cuts, without a forward pass'),
  })
  .meta({ allOf: RERANK_RULES });

/** The same body with further rules in the OpenAPI document, for a dialect that accepts less. */
export function rerankBodyWith(...rules: readonly Json[]): typeof RERANK_BODY {
  return RERANK_BODY.meta({ allOf: [...RERANK_RULES, ...rules] });
}

/** A rerank request as it was received. */
export type RerankBody = z.infer<typeof RERANK_BODY>;

const texts = z.union([z.string(), z.array(z.string())], 'a string or a list of strings');

/** The names of the queries in vLLM's score API; those of the documents follow. */
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
    raw_scores: FLAG.nullish().describe("Return logits instead of the scores of the server's activation"),
  })
  .meta({ allOf: [exactlyOne(...FIRST_TEXTS), exactlyOne(...SECOND_TEXTS)] });

/** A score request as it was received. */
export type ScoreBody = z.infer<typeof SCORE_BODY>;

/** A request to inspect documents. */
export const INSPECT_BODY = z.looseObject({
  model: z.string().nullish().describe('A served model or alias; default: the first served model'),
  query: z.string(),
  documents: z
    .array(z.string())
    .min(1)
    .max(16)
    .describe('Texts; the page opens with the first of them, and lists the best first'),
  methods: z
    .array(z.enum(EXPLAIN_METHODS))
    .min(1)
    .nullish()
    .describe('How the logit is attributed to the words; default: all methods that the server allows'),
  attention: z
    .boolean()
    .nullish()
    .describe('Also return the attention of each head in each layer; default no'),
});

/** A request to tokenize, with the fields of text-embeddings-inference or of vLLM. */
export const TOKENIZE_BODY = z
  .looseObject({
    model: z.string().nullish(),
    inputs: texts.nullish().describe('Texts; the answer is a list of tokens for each'),
    prompt: z.string().nullish().describe('One text; the answer has count and ids'),
    add_special_tokens: FLAG.nullish().describe('Whether to put <s> and </s> around each text; default true'),
  })
  .meta({ anyOf: [given('inputs'), given('prompt')] });

/** A parsed request body, with warnings. */
export interface Parsed<T> {
  readonly body: T;
  readonly warnings: readonly string[];
}

/**
 * @throws HttpError 400 that names each wrong field, and in strict mode each unknown one; 413 for a list that is too
 * long to check.
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
