import { Bm25Builder } from '../retrieval/bm25.js';
import { type Qrels, type Run, rankDocuments } from './judgments.js';

/** Questions, documents, and which document answers which question. */
export interface TestCollection {
  /** Texts by id. */
  readonly queries: ReadonlyMap<string, string>;
  readonly documents: ReadonlyMap<string, string>;
  readonly qrels: Qrels;
}

/** The first `count` documents that BM25 finds for each query with judgments. Equal scores: the earlier document. */
export function retrieveCandidates({ queries, documents, qrels }: TestCollection, count: number): Run {
  const builder = new Bm25Builder();
  const ids: string[] = [];
  for (const [id, text] of documents) {
    ids.push(id);
    builder.add(text);
  }
  const index = builder.build();
  return new Map(
    Array.from(qrels.keys(), (query) => {
      const hits = index.search(queries.get(query) ?? '', count);
      return [query, new Map(hits.map((hit) => [ids[hit.index] as string, hit.score]))];
    }),
  );
}

/** The first `count` documents of a run for each query with judgments. */
export function firstOfRun(run: Run, qrels: Qrels, count: number): Run {
  return new Map(
    Array.from(qrels.keys(), (query) => {
      const scores = run.get(query) ?? new Map<string, number>();
      const first = rankDocuments(scores).slice(0, count);
      return [query, new Map(first.map((id) => [id, scores.get(id) as number]))];
    }),
  );
}

/** Relevant documents, and how many of them are no candidates: no reranker can find those. */
export function countMissed(
  qrels: Qrels,
  candidates: Run,
): { readonly relevant: number; readonly missed: number } {
  let [relevant, missed] = [0, 0];
  for (const [query, judgments] of qrels) {
    for (const [document, grade] of judgments) {
      if (grade < 1) continue;
      relevant += 1;
      if (candidates.get(query)?.has(document) !== true) missed += 1;
    }
  }
  return { relevant, missed };
}
