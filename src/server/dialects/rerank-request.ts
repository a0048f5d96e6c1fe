import { isDeepStrictEqual } from 'node:util';
import type { WindowOptions } from '../../batching/encode-pairs.js';
import { elementTexts, memberText, RawJson } from '../../encoding/raw-json.js';
import type { TruncationSide } from '../../tokenizer/tokenizer-config.js';
import type { ExplainMethod } from '../explain/explain-calls.js';
import { HttpError } from '../http/http-error.js';
import { kindOf } from '../http/problems.js';
import { FIRST_TEXTS, type RerankBody, type ScoreBody, SECOND_TEXTS } from './schemas.js';

/** A document: its text for the model, and the original, which is returned. */
export interface RequestDocument {
  readonly text: string;
  readonly original: string | RawJson;
}

/** What to score, independent of the dialect. */
export interface RerankRequest {
  readonly model: string | undefined;
  /** One for all documents, or one for each. */
  readonly queries: readonly string[];
  readonly documents: readonly RequestDocument[];
  readonly topN: number | undefined;
  readonly minScore: number | undefined;
  readonly minCalibratedScore: number | undefined;
  /** Return logits, whatever the server's activation is. */
  readonly rawScores: boolean;
  readonly returnDocuments: boolean;
  readonly maxDocumentTokens: number | undefined;
  readonly windows: WindowOptions | undefined;
  readonly truncate: boolean;
  readonly truncationSide: TruncationSide | undefined;
  readonly dryRun: boolean;
  /** How the results are explained; undefined for no explanations. */
  readonly explain: ExplainMethod | undefined;
  /** Whether each result is sent as soon as it is scored. */
  readonly stream: boolean;
  /** After this time the answer has the documents that are scored by then. */
  readonly deadlineMs: number | undefined;
  /** The best first, or in the order of the request. */
  readonly order: 'score' | 'input';
}

/** The longest time that a timer takes. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Facts about a request that are not in its parsed body. */
export interface RerankRequestOptions {
  /** The dialect's default. */
  readonly returnDocuments?: boolean;
  readonly dryRun?: boolean;
  /** The body as it was written; documents that are objects are returned exactly as they are in it. */
  readonly source?: string;
}

/**
 * @throws HttpError 400 for documents that are missing, given twice or without a text.
 */
export function toRerankRequest(
  body: RerankBody,
  { returnDocuments = false, dryRun = false, source }: RerankRequestOptions = {},
): RerankRequest {
  const documents = oneOf(body, ['documents', 'texts']) ?? missing('documents');
  const direction = body.truncation_direction?.toLowerCase();
  const { max_chunks_per_doc: maxWindows, overlap_tokens: overlapTokens } = body;
  const rankFields = body.rank_fields ?? [];
  const fields = [...new Set(rankFields.length > 0 ? rankFields : ['text'])]; // a repeated field must not repeat its text
  return {
    model: body.model ?? undefined,
    queries: [body.query],
    documents: toDocuments(documents, fields, () => writtenDocuments(body, source)),
    topN: oneOf(body, ['top_n', 'top_k']),
    minScore: body.min_score ?? undefined,
    minCalibratedScore: body.min_calibrated_score ?? undefined,
    rawScores: body.raw_scores === true,
    returnDocuments: oneOf(body, ['return_documents', 'return_text']) ?? returnDocuments,
    maxDocumentTokens: body.max_tokens_per_doc ?? undefined,
    windows:
      typeof maxWindows === 'number' ? { maxWindows, overlapTokens: overlapTokens ?? undefined } : undefined,
    truncate: oneOf(body, ['truncate', 'truncation']) ?? true,
    truncationSide: direction === undefined ? undefined : direction === 'left' ? 'left' : 'right',
    dryRun: dryRun || body.dry_run === true,
    explain: body.explain ?? undefined,
    stream: body.stream === true,
    deadlineMs: body.deadline_ms ? Math.min(body.deadline_ms, LONGEST_TIMER_MS) : undefined,
    order: 'score',
  };
}

/** @throws HttpError 400 if texts are missing, or the numbers of both kinds of texts do not match. */
export function toScoreRequest(
  body: ScoreBody,
  { dryRun = false }: { dryRun?: boolean } = {},
): RerankRequest {
  const queries = [oneOf(body, FIRST_TEXTS) ?? missing('text_1')].flat();
  const documents = [oneOf(body, SECOND_TEXTS) ?? missing('text_2')].flat();
  if (queries.length !== 1 && queries.length !== documents.length) {
    throw new HttpError(
      400,
      'invalid_request',
      `There are ${queries.length} first texts and ${documents.length} second texts; send one first text, or as many as second texts.`,
    );
  }
  return {
    model: body.model ?? undefined,
    queries,
    documents: documents.map((text) => ({ text, original: text })),
    topN: undefined,
    minScore: undefined,
    minCalibratedScore: undefined,
    rawScores: body.raw_scores === true,
    returnDocuments: false,
    maxDocumentTokens: undefined,
    windows: undefined,
    truncate: true,
    truncationSide: undefined,
    dryRun,
    explain: undefined,
    stream: false,
    deadlineMs: undefined,
    order: 'input',
  };
}

/** The value of a field that has several names. @throws HttpError 400 if it has different values under two names. */
function oneOf<B extends object, N extends keyof B & string>(
  body: B,
  names: readonly N[],
): NonNullable<B[N]> | undefined {
  const given = names.filter((name) => body[name] !== undefined && body[name] !== null);
  const [first, ...others] = given;
  const other = others.find((name) => !isDeepStrictEqual(body[name], body[first as N]));
  if (other !== undefined) {
    throw new HttpError(
      400,
      'invalid_request',
      `${first} and ${other} mean the same but have different values; send one of them.`,
    );
  }
  return first === undefined ? undefined : (body[first] as NonNullable<B[N]>);
}

function missing(name: string): never {
  throw new HttpError(400, 'invalid_request', `The request is not understood. ${name}: missing`);
}

/** The documents of a request as they were written. */
function writtenDocuments(body: RerankBody, source = JSON.stringify(body)): string[] {
  return elementTexts(memberText(source, body.documents ? 'documents' : 'texts') ?? '[]');
}

/** @param written called only if needed: for strings the parsed value is enough. */
function toDocuments(
  documents: NonNullable<RerankBody['documents']>,
  fields: readonly string[],
  written: () => readonly string[],
): RequestDocument[] {
  const texts = documents.some((document) => typeof document !== 'string') ? written() : [];
  return documents.map((document, i) => toDocument(document, texts[i] as string, i, fields));
}

function toDocument(
  document: string | Record<string, unknown>,
  written: string,
  index: number,
  fields: readonly string[],
): RequestDocument {
  if (typeof document === 'string') {
    return { text: document, original: document };
  }
  const parts = fields.map((field) => {
    const part = Object.hasOwn(document, field) ? document[field] : undefined;
    if (typeof part !== 'string') {
      throw new HttpError(
        400,
        'invalid_request',
        `documents[${index}] has no text. ${JSON.stringify(field.slice(0, 64))}: a string, got ${kindOf(part)}`,
      );
    }
    return part;
  });
  return { text: parts.join('\n'), original: new RawJson(written) };
}
