import type { Model } from '../engine/model.js';
import { openModel } from '../engine/open.js';
import type { ModelInfo, OpenOptions, TextPair } from '../engine/types.js';
import type { ModelConfig } from '../model/config/model-config.js';
import type { PlacedPair } from '../tokenizer/tokenized.js';
import { ATTENTION_PROBS, PairAttention } from './attention/attention.js';
import { type HeadStatistics, HeadStatisticsMeter } from './attention/head-statistics.js';
import { attribute } from './attribution/attribution.js';
import type {
  AttributionOptions,
  Comparison,
  Counterfactual,
  CounterfactualOptions,
  InteractionOptions,
  Interactions,
  SegmentedAttribution,
} from './attribution/attribution-types.js';
import { compare } from './attribution/comparison.js';
import { findCounterfactual } from './attribution/counterfactual.js';
import { interactions } from './attribution/interactions.js';
import { inspect } from './inspect.js';
import type { InspectedRanking, Inspection, InspectOptions, InspectRankingOptions } from './inspection.js';
import { inspectRanking } from './rank-inspections.js';
import { selectActivations } from './trace/activation-globs.js';
import type { CausalMap, CausalTracingOptions } from './trace/causal-map.js';
import { traceCausally } from './trace/causal-tracing.js';
import type { DatasetIndex, DatasetPair, DatasetTraceOptions } from './trace/dataset.js';
import { type DepthReport, meanOfDepths } from './trace/depth.js';
import { exportTrace } from './trace/export.js';
import {
  type LogitShares,
  SHARED_ACTIVATIONS,
  sharedWeights,
  shareLogit,
  type TanhLinearisation,
} from './trace/logit-shares.js';
import { assertPoolable, meanOfPairs } from './trace/pooling.js';
import { scoreByDepth } from './trace/score-by-depth.js';
import { shapesOf } from './trace/shapes.js';
import { trace, tracePairs } from './trace/trace.js';
import { traceDataset } from './trace/trace-dataset.js';
import type { ShapedPair, TracedPair, TraceOptions } from './trace/traced.js';

/** Options for loading an {@link Inspector}: those of a reranker that runs in this thread. */
export type InspectorOptions = OpenOptions;

/** A model for research: activations, attention, attribution, interventions. It returns plain data, never tensors. */
export class Inspector {
  private constructor(private readonly model: Model) {}

  /**
   * Loads a model for inspection.
   *
   * @param model as for `Reranker.load`.
   * @throws errors of `Reranker.load`.
   */
  static async load(model?: string, options: InspectorOptions = {}): Promise<Inspector> {
    return new Inspector(await openModel(model, options));
  }

  /** The loaded model: configuration, backend, dtype, limits. */
  get info(): ModelInfo {
    return this.model.info;
  }

  get config(): ModelConfig {
    return this.model.config;
  }

  /** A pair's tokens with their texts and places, truncated as for scoring. */
  placeTokens(pair: TextPair): PlacedPair {
    return this.model.placeTokens(pair);
  }

  /**
   * Returns named activations of pairs as plain arrays without padding; nothing else is kept. With `hooks`, the
   * activations after replacement.
   *
   * @returns in input order; with `shapesOnly` only names and shapes, without a forward pass.
   * @throws InputError if a pattern matches nothing, or a hook returns values of the wrong length.
   */
  async trace(
    pairs: readonly TextPair[],
    options: TraceOptions & { readonly shapesOnly: true },
  ): Promise<ShapedPair[]>;
  async trace(
    pairs: readonly TextPair[],
    options?: TraceOptions & { readonly shapesOnly?: false | undefined },
  ): Promise<TracedPair[]>;
  async trace(
    pairs: readonly TextPair[],
    { shapesOnly = false, ...options }: TraceOptions & { readonly shapesOnly?: boolean | undefined } = {},
  ): Promise<ShapedPair[] | TracedPair[]> {
    return shapesOnly
      ? pairs.map((pair) => shapesOf(pair, this.placeTokens(pair).tokens, options.names ?? [], this.config))
      : trace(this.model, pairs, options);
  }

  /**
   * Writes traced pairs to a .npy, .safetensors or .json file, by the path's ending, or into a folder.
   *
   * @returns the files written.
   * @throws OutputError if they cannot be written; InputError if they do not fit into one .npy.
   */
  export(target: string, pairs: readonly TracedPair[]): Promise<string[]> {
    return exportTrace(target, pairs, this.info);
  }

  /** Traces a data set into shards of pooled activations. An interrupted run continues where it stopped. */
  traceDataset(
    pairs: AsyncIterable<DatasetPair> | Iterable<DatasetPair>,
    options: DatasetTraceOptions,
  ): Promise<DatasetIndex> {
    return traceDataset(this.model, pairs, options);
  }

  /**
   * The mean of activations over all tokens of all pairs, by name, [width] each. Ablated heads can be replaced by it.
   *
   * @throws InputError for an activation without a row per token.
   */
  async meanActivations(
    pairs: readonly TextPair[],
    { names = [], ...options }: TraceOptions,
  ): Promise<ReadonlyMap<string, Float32Array>> {
    assertPoolable(selectActivations(names, this.config));
    return meanOfPairs(tracePairs(this.model, pairs, { ...options, names }));
  }

  /** The attention of every head in one pair. */
  async attention(pair: TextPair): Promise<PairAttention> {
    const [traced] = await this.trace([pair], { names: ATTENTION_PROBS });
    return new PairAttention(traced as TracedPair);
  }

  /** Attention statistics of heads over a set of pairs: separators, neighbours, the other text, equal tokens. */
  async headStatistics(
    pairs: readonly TextPair[],
    { signal }: Pick<TraceOptions, 'signal'> = {},
  ): Promise<HeadStatistics[]> {
    const meter = new HeadStatisticsMeter();
    for await (const { traced } of tracePairs(this.model, pairs, { names: ATTENTION_PROBS, signal })) {
      meter.add(new PairAttention(traced));
    }
    return meter.statistics();
  }

  /** The output of the classification head for the first token after the embeddings and after each layer. */
  async scoreByDepth(
    pairs: readonly TextPair[],
    { signal }: Pick<TraceOptions, 'signal'> = {},
  ): Promise<DepthReport> {
    const scores = await scoreByDepth(this.model, this.model.encodeIds(pairs), signal);
    return { pairs: scores, mean: meanOfDepths(scores) };
  }

  /** Direct logit attribution: the contribution of each layer, head and feed-forward block, see {@link LogitShares}. */
  async shareLogit(
    pair: TextPair,
    options: { readonly label?: number; readonly tanh?: TanhLinearisation } = {},
  ): Promise<LogitShares> {
    const [traced] = await this.trace([pair], { names: SHARED_ACTIVATIONS });
    const weights = await this.model.readWeights(sharedWeights(this.config));
    return shareLogit(traced as TracedPair, weights, this.config, options);
  }

  /**
   * The effect of one pair's activations on the logit of another, by layer and position.
   *
   * @throws InputError if the pairs have different numbers of tokens.
   */
  traceCausally(options: CausalTracingOptions): Promise<CausalMap> {
    return traceCausally(this.model, options);
  }

  /**
   * Inspects one pair: score, score by depth, words, sentences, blocks, attention; as plain data.
   *
   * @throws InputError for a model of several labels.
   */
  inspect(pair: TextPair, options?: InspectOptions): Promise<Inspection> {
    return inspect(this.model, pair, options);
  }

  /**
   * Inspects several documents of one query, the best first, and what would put each ahead of the best.
   *
   * @throws InputError for a model of several labels.
   */
  inspectRanking(
    query: string,
    documents: readonly string[],
    options?: InspectRankingOptions,
  ): Promise<InspectedRanking> {
    return inspectRanking(this.model, query, documents, options);
  }

  /**
   * Attributes a pair's logit to its tokens, and sums them by word or sentence. Methods with gradients need a model
   * loaded `differentiable`.
   *
   * @throws InputError for options that cannot be used.
   */
  attribute(pair: TextPair, options?: AttributionOptions): Promise<SegmentedAttribution> {
    return attribute(this.model, pair, options);
  }

  /** How words of the query interact with words of the document: second differences of the logit. */
  interactions(pair: TextPair, options?: InteractionOptions): Promise<Interactions> {
    return interactions(this.model, pair, options);
  }

  /** Why documents A and B have different scores: the difference of the logits, attributed to the tokens of both. */
  compare(query: string, a: string, b: string, options?: AttributionOptions): Promise<Comparison> {
    return compare(this.model, query, a, b, options);
  }

  /** A small set of words whose deletion puts the other document ahead; undefined if there is none. */
  counterfactual(
    query: string,
    a: string,
    b: string,
    options?: CounterfactualOptions,
  ): Promise<Counterfactual | undefined> {
    return findCounterfactual(this.model, query, a, b, options);
  }

  /** Frees the weights. */
  dispose(): void {
    this.model.dispose();
  }
}
