import type { WindowOptions } from '../reranker/pair-encoder.js';
import type { TruncationSide } from '../text/tokenizer-config.js';
import type { ExplainMethod } from './explain-calls.js';
import { HttpError } from './http-error.js';
import type { RerankBody, ScoreBody } from './schemas.js';

/** A document: its text for the model, and what came, which goes back. */
export interface RequestDocument {
  readonly text: string;
  readonly original: string | Readonly<Record<string, unknown>>;
}

/** What is to be scored, whichever dialect asked for it. */
export interface RerankRequest {
  readonly model: string | undefined;
  /** One for all documents, or one for each. */
  readonly queries: readonly string[];
  readonly documents: readonly RequestDocument[];
  readonly topN: number | undefined;
  readonly minScore: number | undefined;
  /** Logits, whatever the server makes of them for others. */
  readonly rawScores: boolean;
  readonly returnDocuments: boolean;
  readonly maxDocumentTokens: number | undefined;
  readonly windows: WindowOptions | undefined;
  readonly truncate: boolean;
  readonly truncationSide: TruncationSide | undefined;
  readonly dryRun: boolean;
  /** How the results are explained, if at all. */
  readonly explain: ExplainMethod | undefined;
  /** Whether results are told one by one as they come. */
  readonly stream: boolean;
  /** When to answer with what is scored by then. */
  readonly deadlineMs: number | undefined;
  /** The best first, or as they came. */
  readonly order: 'score' | 'input';
}

const DEFAULT_OVERLAP_TOKENS = 64;
/** A timer takes no more. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * @param returnDocuments what the dialect does when nothing is said.
 * @throws HttpError 400 for documents that are missing, given twice or without a text.
 */
export function toRerankRequest(
  body: RerankBody,
  { returnDocuments = false, dryRun = false }: { returnDocuments?: boolean; dryRun?: boolean } = {},
): RerankRequest {
  const documents = oneOf(body, 'documents', 'texts');
  if (documents === undefined) {
    throw new HttpError(400, 'invalid_request', 'The request is not understood. documents: missing');
  }
  const direction = body.truncation_direction?.toLowerCase();
  const { max_chunks_per_doc: maxWindows, overlap_tokens: overlapTokens } = body;
  const fields = [...new Set(body.rank_fields ?? ['text'])]; // no text becomes longer than what came
  return {
    model: body.model ?? undefined,
    queries: [body.query],
    documents: documents.map((document, i) => toDocument(document, i, fields)),
    topN: oneOf(body, 'top_n', 'top_k'),
    minScore: body.min_score ?? undefined,
    rawScores: body.raw_scores === true,
    returnDocuments: oneOf(body, 'return_documents', 'return_text') ?? returnDocuments,
    maxDocumentTokens: body.max_tokens_per_doc ?? undefined,
    windows:
      typeof maxWindows === 'number'
        ? { maxWindows, overlapTokens: overlapTokens ?? DEFAULT_OVERLAP_TOKENS }
        : undefined,
    truncate: oneOf(body, 'truncate', 'truncation') ?? true,
    truncationSide: direction === undefined ? undefined : direction === 'left' ? 'left' : 'right',
    dryRun: dryRun || body.dry_run === true,
    explain: body.explain ?? undefined,
    stream: body.stream === true,
    deadlineMs: body.deadline_ms ? Math.min(body.deadline_ms, LONGEST_TIMER_MS) : undefined,
    order: 'score',
  };
}

/** @throws HttpError 400 for texts that are missing, or not as many as the others. */
export function toScoreRequest(
  body: ScoreBody,
  { dryRun = false }: { dryRun?: boolean } = {},
): RerankRequest {
  const texts = (a: 'text_1' | 'text_2', b: 'queries' | 'documents'): readonly string[] => {
    const given = oneOf(body, a, b);
    if (given === undefined) {
      throw new HttpError(400, 'invalid_request', `The request is not understood. ${a}: missing`);
    }
    return typeof given === 'string' ? [given] : given;
  };
  const queries = texts('text_1', 'queries');
  const documents = texts('text_2', 'documents');
  if (queries.length !== 1 && queries.length !== documents.length) {
    throw new HttpError(
      400,
      'invalid_request',
      `There are ${queries.length} first texts and ${documents.length} second ones; give one first text, or as many.`,
    );
  }
  return {
    model: body.model ?? undefined,
    queries,
    documents: documents.map((text) => ({ text, original: text })),
    topN: undefined,
    minScore: undefined,
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

/** The value of a field that has two names. @throws HttpError 400 when both are given and differ. */
function oneOf<B extends object, A extends keyof B & string, C extends keyof B & string>(
  body: B,
  a: A,
  b: C,
): NonNullable<B[A] | B[C]> | undefined {
  const [first, second] = [body[a] ?? undefined, body[b] ?? undefined];
  if (first !== undefined && second !== undefined && first !== (second as unknown)) {
    throw new HttpError(400, 'invalid_request', `${a} and ${b} mean the same; give one of them.`);
  }
  return (first ?? second) as NonNullable<B[A] | B[C]> | undefined;
}

function toDocument(
  document: string | Record<string, unknown>,
  index: number,
  fields: readonly string[],
): RequestDocument {
  if (typeof document === 'string') {
    return { text: document, original: document };
  }
  const parts = fields.map((field) => (Object.hasOwn(document, field) ? document[field] : undefined));
  if (!parts.every((part) => typeof part === 'string')) {
    const missing = fields.find((_, i) => typeof parts[i] !== 'string');
    throw new HttpError(
      400,
      'invalid_request',
      `documents[${index}] has no text: its field ${JSON.stringify(missing?.slice(0, 64))} is no string.`,
    );
  }
  return { text: parts.join('\n'), original: document };
}
