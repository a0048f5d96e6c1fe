import { Settings } from '@llamaindex/core/global';
import { MockLLM } from '@llamaindex/core/llms/mock';
import type { BaseNodePostprocessor } from '@llamaindex/core/postprocessor';
import { RetrieverQueryEngine } from '@llamaindex/core/query-engine';
import { BaseRetriever } from '@llamaindex/core/retriever';
import { MetadataMode, type NodeWithScore, TextNode } from '@llamaindex/core/schema';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Model } from '../../../dist/engine/model.js';
import { openModel } from '../../../dist/engine/open.js';
import { InputError } from '../../../dist/errors/errors.js';
import { RerankerNodePostprocessor } from '../../../dist/reranker/adapters/llamaindex.js';
import { Reranker } from '../../../dist/reranker/reranker.js';
import { MINI } from '../../support/fixtures.js';
import { PASSAGES, QUERY } from './passages.js';

/** Finds all of its nodes, whatever the query. */
class FixedRetriever extends BaseRetriever {
  constructor(private readonly nodes: NodeWithScore[]) {
    super();
  }

  override async _retrieve(): Promise<NodeWithScore[]> {
    return this.nodes;
  }
}

function passages(metadata: Record<string, string> = {}): NodeWithScore[] {
  return PASSAGES.map((text, i) => ({ node: new TextNode({ text, id_: `n${i}`, metadata }), score: 0.5 }));
}

describe('LlamaIndex: a reranker as a node postprocessor', () => {
  let scorer: Model;
  let reranker: Reranker;
  beforeAll(async () => {
    scorer = await openModel(MINI, { backend: 'wasm' });
    reranker = new Reranker(scorer);
  });
  afterAll(() => scorer?.dispose());

  const idsAndScores = (nodes: readonly NodeWithScore[]) => nodes.map(({ node, score }) => [node.id_, score]);
  const ranked = async (documents: readonly string[]) =>
    (await reranker.rank(QUERY, documents)).map(({ index, relevanceScore }) => [`n${index}`, relevanceScore]);

  test('a query engine retrieves in the ranking of the library, with its scores, and its language model reads that', async () => {
    const postprocessor: BaseNodePostprocessor = new RerankerNodePostprocessor(reranker);
    Settings.llm = new MockLLM({ responseMessage: 'Paris' });
    const read = vi.spyOn(Settings.llm, 'complete');
    const engine = new RetrieverQueryEngine(new FixedRetriever(passages()), undefined, [postprocessor]);
    const expected = await ranked(PASSAGES);
    expect(expected[0]?.[0]).toBe('n1');
    expect(idsAndScores(await engine.retrieve(QUERY))).toEqual(expected);

    const answer = await engine.query({ query: QUERY });
    expect(idsAndScores(answer.sourceNodes ?? [])).toEqual(expected);
    const prompt = String(read.mock.calls[0]?.[0].prompt);
    expect(prompt.indexOf('Paris is the capital')).toBeGreaterThan(-1);
    expect(prompt.indexOf('Paris is the capital')).toBeLessThan(prompt.indexOf('Bananas'));
  });

  test('the nodes are the same, with our scores; the given ones are unchanged', async () => {
    const nodes = passages({ source: 'a.txt' });
    const before = structuredClone(nodes.map(({ node, score }) => ({ node: node.toJSON(), score })));
    const [best, ...rest] = await new RerankerNodePostprocessor(reranker, { topN: 1 }).postprocessNodes(
      nodes,
      QUERY,
    );
    expect(rest).toEqual([]);
    expect(best?.node).toBe(nodes[1]?.node);
    expect(nodes.map(({ node, score }) => ({ node: node.toJSON(), score }))).toEqual(before);
  });

  test('metadata is read as for embeddings, or not at all', async () => {
    const nodes = passages({ title: 'Geography', path: '/a/b' });
    for (const { node } of nodes) {
      node.excludedEmbedMetadataKeys = ['path'];
    }
    const embedded = new RerankerNodePostprocessor(reranker);
    expect(idsAndScores(await embedded.postprocessNodes(nodes, QUERY))).toEqual(
      await ranked(PASSAGES.map((text) => `title: Geography\n\n${text}`.trim())),
    );
    const bare = new RerankerNodePostprocessor(reranker, { metadataMode: MetadataMode.NONE });
    expect(idsAndScores(await bare.postprocessNodes(nodes, QUERY))).toEqual(await ranked(PASSAGES));
  });

  test('of a query with several parts the text is read', async () => {
    const nodes = await new RerankerNodePostprocessor(reranker).postprocessNodes(passages(), [
      { type: 'text', text: QUERY },
      { type: 'image_url', image_url: { url: 'data:,' } },
    ]);
    expect(idsAndScores(nodes)).toEqual(await ranked(PASSAGES));
  });

  test('no node: the result is empty and the model does not run', async () => {
    const run = vi.spyOn(Model.prototype, 'run');
    expect(await new RerankerNodePostprocessor(reranker).postprocessNodes([], QUERY)).toEqual([]);
    expect(await new RerankerNodePostprocessor(reranker).postprocessNodes([])).toEqual([]);
    expect(run).not.toHaveBeenCalled();
    await new RerankerNodePostprocessor(reranker).postprocessNodes(passages(), QUERY);
    expect(run).toHaveBeenCalled();
    run.mockRestore();
  });

  test('nodes without a query and a topN of 0 are refused', async () => {
    const missing = new RerankerNodePostprocessor(reranker).postprocessNodes(passages());
    await expect(missing).rejects.toThrow(/no query/);
    const none = new RerankerNodePostprocessor(reranker, { topN: 0 }).postprocessNodes(passages(), QUERY);
    await expect(none).rejects.toThrow(InputError);
  });
});
