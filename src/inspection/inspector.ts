import type { ModelConfig } from '../config/model-config.js';
import { OpenModel, type OpenModelOptions } from '../reranker/open-model.js';
import type { ScorerInfo, TextPair } from '../reranker/scorer.js';
import type { ExplainedPair } from '../text/tokenized.js';
import { attribute } from './attribution.js';
import type { AttributionOptions, SegmentedAttribution } from './attribution-types.js';
import { type Comparison, compare } from './comparison.js';
import { type Counterfactual, type CounterfactualOptions, findCounterfactual } from './counterfactual.js';
import { type InteractionOptions, type Interactions, interactions } from './interactions.js';

/** How an {@link Inspector} is loaded: as a reranker is, in this thread. */
export type InspectorOptions = OpenModelOptions;

/** A model opened for research: activations, attention, attribution, interventions. No tensor leaves it. */
export class Inspector {
  private constructor(private readonly model: OpenModel) {}

  /**
   * Loads a model to look into.
   *
   * @param model as `Reranker.load`'s.
   * @throws what `Reranker.load` throws.
   */
  static async load(model?: string, options: InspectorOptions = {}): Promise<Inspector> {
    return new Inspector(await OpenModel.load(model, options));
  }

  /** What runs: model, configuration, backend, dtype, limits. */
  get info(): ScorerInfo {
    return this.model.info;
  }

  get config(): ModelConfig {
    return this.model.config;
  }

  /** A pair's tokens with their texts and places, truncated as it is scored. */
  explain(pair: TextPair): ExplainedPair {
    return this.model.explain(pair);
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
