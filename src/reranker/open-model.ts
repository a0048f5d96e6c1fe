import type { ModelConfig } from '../config/model-config.js';
import { InputError } from '../errors.js';
import type { SequenceClassifier } from '../model/sequence-classifier.js';
import type { ExplainedPair, TokenizedPair } from '../text/tokenized.js';
import { LocalScorer } from './local-scorer.js';
import type { ScoreOptions, ScorerInfo, ScorerOptions, TextPair } from './scorer.js';

/** How a model is opened: as a scorer is loaded, in this thread. */
export interface OpenModelOptions extends Omit<ScorerOptions, 'threads'> {
  /** By ops that have gradients: float32, slower on node and wasm, the weights twice in memory. Default false. */
  readonly differentiable?: boolean | undefined;
}

/** A model to look into: its layers, in this thread, beside what puts texts into tokens. */
export class OpenModel {
  private constructor(
    private readonly scorer: LocalScorer,
    readonly classifier: SequenceClassifier,
    /** Whether gradients can be had. */
    readonly differentiable: boolean,
  ) {}

  /** @throws what {@link LocalScorer.load} throws. */
  static async load(
    model?: string,
    { differentiable = false, ...options }: OpenModelOptions = {},
  ): Promise<OpenModel> {
    if (differentiable && (options.dtype ?? 'float32') !== 'float32') {
      throw new InputError(`Gradients are computed in float32; the dtype "${options.dtype}" was asked for.`);
    }
    const scorer = await LocalScorer.load(model, { ...options, threads: 1, differentiable });
    return new OpenModel(scorer, scorer.classifier(), differentiable);
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
  scoreIds(sequences: readonly ArrayLike<number>[], options?: ScoreOptions): Promise<number[][]> {
    return this.scorer.scoreIds(sequences, options);
  }

  /** Frees the weights. */
  dispose(): void {
    this.scorer.dispose();
  }
}
