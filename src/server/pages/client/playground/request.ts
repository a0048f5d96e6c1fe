/** The inputs of the page. */
export interface PlaygroundRequest {
  readonly query: string;
  readonly documents: readonly string[];
  readonly model?: string | undefined;
  readonly topN?: number | undefined;
  readonly minScore?: number | undefined;
  readonly rawScores: boolean;
}

/** The body of `POST /v1/rerank` for these inputs. */
export interface RequestBody {
  readonly model?: string;
  readonly query: string;
  readonly documents: readonly string[];
  readonly top_n?: number;
  readonly min_score?: number;
  readonly raw_scores?: true;
}

/** The body of a request, with only the fields that differ from the server's defaults. */
export function toBody({
  model,
  query,
  documents,
  topN,
  minScore,
  rawScores,
}: PlaygroundRequest): RequestBody {
  return {
    ...(model === undefined ? {} : { model }),
    query,
    documents,
    ...(topN === undefined ? {} : { top_n: topN }),
    ...(minScore === undefined ? {} : { min_score: minScore }),
    ...(rawScores ? { raw_scores: true } : {}),
  };
}

/** The body of `POST /v1/inspect`: the page opens at its first document. */
export interface InspectBody {
  readonly model?: string;
  readonly query: string;
  readonly documents: readonly string[];
  readonly attention: true;
}

/** The body that asks why a document scored as it did; the best document is added, if it is another one. */
export function toInspectBody(
  { model, query }: PlaygroundRequest,
  document: string,
  best: string,
): InspectBody {
  return {
    ...(model === undefined ? {} : { model }),
    query,
    documents: [...new Set([document, best])],
    attention: true,
  };
}

/** One result of the answer. */
export interface ScoredDocument {
  readonly index: number;
  readonly relevance_score: number;
  readonly tokens: { readonly used: number; readonly query_cut: number; readonly document_cut: number };
}

/** The answer of `POST /v1/rerank`, as far as the page reads it. */
export interface Answer {
  readonly results: readonly ScoredDocument[];
  readonly usage: { readonly total_tokens: number };
  readonly meta: {
    readonly warnings?: readonly string[];
    readonly score_type: 'sigmoid' | 'logit';
    readonly model: {
      readonly name: string;
      readonly sha256: string;
      readonly dtype: string;
      readonly backend: string;
    };
  };
}
