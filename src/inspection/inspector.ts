import type { ModelConfig } from '../config/model-config.js';
import { OpenModel, type OpenModelOptions } from '../reranker/open-model.js';
import type { ScorerInfo, TextPair } from '../reranker/scorer.js';
import type { ExplainedPair } from '../text/tokenized.js';

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

  /** Frees the weights. */
  dispose(): void {
    this.model.dispose();
  }
}
