// Compiled, not run: it checks that the public types can be used, and that they refuse wrong values.
import { type RankedDocument, Reranker, RerankerError } from 'tfjs-reranker';
import { type Hooks, Inspector, skipLayers, type TracedPair } from 'tfjs-reranker/inspection';

interface Passage {
  readonly id: number;
  readonly text: string;
}

export async function best(query: string, passages: readonly Passage[]): Promise<number | undefined> {
  const reranker = await Reranker.load(undefined, { backend: 'wasm', maxLength: 256 });
  try {
    const ranking: RankedDocument<Passage>[] = await reranker.rank(query, passages, { topN: 1 });
    const score: number | undefined = ranking[0]?.relevanceScore;
    // @ts-expect-error a document without text is not valid
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

export async function look(pair: { query: string; document: string }): Promise<Float32Array | undefined> {
  const inspector = await Inspector.load(undefined, { backend: 'wasm' });
  const name = 'encoder.layer.4.attention.self.probs';
  const looking: Hooks = { [name]: ({ data, shape: [heads] }) => (heads === 12 ? data.fill(0) : undefined) };
  const traced: TracedPair[] = await inspector.trace([pair], {
    names: name,
    hooks: [looking, skipLayers([5])],
  });
  const [shaped] = await inspector.trace([pair], { names: name, shapesOnly: true });
  // @ts-expect-error shapes have no values
  shaped?.activations.get(name)?.data;
  inspector.dispose();
  return traced[0]?.activations.get(name)?.data;
}
