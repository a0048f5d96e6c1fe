// Compiled, not run: the public types are usable, and their checks are real.
import { type RankedDocument, Reranker, RerankerError } from 'tfjs-reranker';

interface Passage {
  readonly id: number;
  readonly text: string;
}

export async function best(query: string, passages: readonly Passage[]): Promise<number | undefined> {
  const reranker = await Reranker.load(undefined, { backend: 'wasm', maxLength: 256 });
  try {
    const ranking: RankedDocument<Passage>[] = await reranker.rank(query, passages, { topN: 1 });
    const score: number | undefined = ranking[0]?.relevanceScore;
    // @ts-expect-error a document without text is none
    await reranker.rank(query, [{ id: 1 }]);
    return score === undefined ? undefined : ranking[0]?.document?.id;
  } catch (error) {
    if (error instanceof RerankerError) {
      const code: string = error.code;
      throw new Error(code, { cause: error });
    }
    throw error;
  } finally {
    reranker.dispose();
  }
}
