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

/** How an {@link Inspector} is loaded: as a reranker is, in this thread. */
export type InspectorOptions = OpenOptions;

/** A model opened for research: activations, attention, attribution, interventions. No tensor leaves it. */
export class Inspector {
  private constructor(private readonly model: Model) {}

  /**
   * Loads a model to look into.
   *
   * @param model as `Reranker.load`'s.
   * @throws what `Reranker.load` throws.
   */
  static async load(model?: string, options: InspectorOptions = {}): Promise<Inspector> {
    return new Inspector(await openModel(model, options));
  }

  /** What runs: model, configuration, backend, dtype, limits. */
  get info(): ModelInfo {
    return this.model.info;
  }

  get config(): ModelConfig {
    return this.model.config;
  }

  /** A pair's tokens with their texts and places, truncated as it is scored. */
  placeTokens(pair: TextPair): PlacedPair {
    return this.model.placeTokens(pair);
  }

  /**
   * Brings named activations of pairs to the host, of each pair without padding; nothing else is kept. With `hooks`,
   * what they put in place of activations.
   *
   * @returns in input order; with `shapesOnly` names and shapes alone, without a forward pass.
   * @throws InputError when a pattern names nothing, or a hook returns what does not fit.
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
   * @throws InputError when they cannot be written, or do not fit into one .npy.
   */
  export(target: string, pairs: readonly TracedPair[]): Promise<string[]> {
    return exportTrace(target, pairs, this.info);
  }

  /** Traces a data set into shards of pooled activations; a run that was interrupted goes on where it stopped. */
  traceDataset(
    pairs: AsyncIterable<DatasetPair> | Iterable<DatasetPair>,
    options: DatasetTraceOptions,
  ): Promise<DatasetIndex> {
    return traceDataset(this.model, pairs, options);
  }

  /**
   * The mean of activations over all tokens of all pairs, by name, [width] each: what ablated heads may be replaced by.
   *
   * @throws InputError for an activation that has no row by token.
   */
  async meanActivations(
    pairs: readonly TextPair[],
    { names = [], ...options }: TraceOptions,
  ): Promise<ReadonlyMap<string, Float32Array>> {
    assertPoolable(selectActivations(names, this.config));
    return meanOfPairs(tracePairs(this.model, pairs, { ...options, names }));
  }

  /** Where each head of each layer looks in one pair. */
  async attention(pair: TextPair): Promise<PairAttention> {
    const [traced] = await this.trace([pair], { names: ATTENTION_PROBS });
    return new PairAttention(traced as TracedPair);
  }

  /** What each head looks at, over a set of pairs: separators, neighbours, the other text, equal tokens. */
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

  /** What the classification head says of the first token after the embeddings and after each layer. */
  async scoreByDepth(
    pairs: readonly TextPair[],
    { signal }: Pick<TraceOptions, 'signal'> = {},
  ): Promise<DepthReport> {
    const scores = await scoreByDepth(this.model, this.model.encodeIds(pairs), signal);
    return { pairs: scores, mean: meanOfDepths(scores) };
  }

  /** Direct logit attribution: the share of each layer, head and feed-forward block, as {@link LogitShares} says. */
  async shareLogit(
    pair: TextPair,
    options: { readonly label?: number; readonly tanh?: TanhLinearisation } = {},
  ): Promise<LogitShares> {
    const [traced] = await this.trace([pair], { names: SHARED_ACTIVATIONS });
    const weights = await this.model.readWeights(sharedWeights(this.config));
    return shareLogit(traced as TracedPair, weights, this.config, options);
  }

  /**
   * What one pair's activations do to the logit of another, by layer and position.
   *
   * @throws InputError where the pairs have not as many tokens.
   */
  traceCausally(options: CausalTracingOptions): Promise<CausalMap> {
    return traceCausally(this.model, options);
  }

  /**
   * Looks at one pair from all sides: score, score by depth, words, sentences, blocks, attention; as plain data.
   *
   * @throws InputError for a model of several labels.
   */
  inspect(pair: TextPair, options?: InspectOptions): Promise<Inspection> {
    return inspect(this.model, pair, options);
  }

  /**
   * Looks at several documents of one query, the best first, and at what would put each ahead of the best.
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
   * Shares a pair's logit out among its tokens, and those among its words or sentences. Gradients need a model loaded
   * `differentiable`.
   *
   * @throws InputError for options that cannot be used.
   */
  attribute(pair: TextPair, options?: AttributionOptions): Promise<SegmentedAttribution> {
    return attribute(this.model, pair, options);
  }

  /** Which word of the query works with which word of the document: second differences of the logit. */
  interactions(pair: TextPair, options?: InteractionOptions): Promise<Interactions> {
    return interactions(this.model, pair, options);
  }

  /** Why document A scored otherwise than B: the difference of the logits, shared out among the tokens of both. */
  compare(query: string, a: string, b: string, options?: AttributionOptions): Promise<Comparison> {
    return compare(this.model, query, a, b, options);
  }

  /** The fewest words whose deletion from the document ahead puts the other one ahead; nothing where none do. */
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
