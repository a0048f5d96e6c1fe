import type { ModelConfig } from '../config/model-config.js';
import type { SequenceClassifier } from '../model/sequence-classifier.js';
import type { ExplainedPair, TokenizedPair } from '../text/tokenized.js';
import { LocalScorer } from './local-scorer.js';
import type { ScorerInfo, ScorerOptions, TextPair } from './scorer.js';

/** How a model is opened: as a scorer is loaded, in this thread. */
export interface OpenModelOptions extends Omit<ScorerOptions, 'threads'> {
  /** By TensorFlow.js's own ops alone, which have gradients: float32, slower on node and wasm. Default false. */
  readonly differentiable?: boolean | undefined;
}

/** A model to look into: its layers, in this thread, beside what puts texts into tokens. */
export class OpenModel {
  private constructor(
    private readonly scorer: LocalScorer,
    readonly classifier: SequenceClassifier,
  ) {}

  /** @throws what {@link LocalScorer.load} throws. */
  static async load(
    model?: string,
    { differentiable = false, ...options }: OpenModelOptions = {},
  ): Promise<OpenModel> {
    return OpenModel.of(await LocalScorer.load(model, { ...options, threads: 1, differentiable }));
  }

  /** The model of a scorer, which stays its owner. @throws InternalError when it is in worker threads. */
  static of(scorer: LocalScorer): OpenModel {
    return new OpenModel(scorer, scorer.classifier());
  }

  get info(): ScorerInfo {
    return this.scorer.info;
  }

  get config(): ModelConfig {
    return this.scorer.info.config;
  }

  /** Padded tokens of one forward pass. */
  get maxBatchTokens(): number {
    return this.scorer.maxBatchTokens;
  }

  /** Token ids of pairs, truncated as they are scored. */
  encode(pairs: readonly TextPair[]): TokenizedPair[] {
    return this.scorer.encode(pairs);
  }

  /** A pair's tokens with their texts and places, truncated as it is scored. */
  explain({ query, document }: TextPair): ExplainedPair {
    const { maxLength, truncation } = this.info;
    return this.scorer.tokenizer.explainPair(query, document, { maxLength, truncation });
  }

  /** Logits [sequences][labels] of token ids, in input order: batched, unobserved. */
  scoreIds(sequences: readonly ArrayLike<number>[]): Promise<number[][]> {
    return this.scorer.scoreIds(sequences);
  }

  /** Frees the weights. */
  dispose(): void {
    this.scorer.dispose();
  }
}
