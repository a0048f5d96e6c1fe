import { InputError, InternalError } from '../errors/errors.js';
import type { ModelConfig } from '../model/config/model-config.js';
import type { SequenceClassifier } from '../model/sequence-classifier.js';
import type { KeptRanges, PlacedPair, TokenizedPair } from '../tokenizer/tokenized.js';
import { openCheckpoint } from '../weights/checkpoint.js';
import { decodeFloat32 } from '../weights/format/dtype.js';
import { nameInFile } from '../weights/names.js';
import { LocalScorer } from './local-scorer.js';
import { hashWeights } from './model-hash.js';
import type { OpenModelOptions, ScoreOptions, ScorerInfo, TextPair } from './scorer.js';

export type { OpenModelOptions } from './scorer.js';

/** A model to look into: its layers, in this thread, beside what puts texts into tokens. */
export class OpenModel {
  private constructor(
    private readonly scorer: LocalScorer,
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
    return OpenModel.of(scorer, differentiable);
  }

  /** The model of a scorer, which stays its owner. */
  static of(scorer: LocalScorer, differentiable = false): OpenModel {
    return new OpenModel(scorer, differentiable);
  }

  /** Its layers. @throws InternalError when they are in worker threads. */
  get classifier(): SequenceClassifier {
    return this.scorer.classifier();
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
  tokenize({ query, document }: TextPair): PlacedPair {
    const { maxLength, truncation, truncationSide } = this.info;
    return this.scorer.tokenizer.placePair(query, document, { maxLength, truncation, truncationSide });
  }

  /** The same for a pair of these tokens of both texts. */
  placeRanges({ query, document }: TextPair, kept: KeptRanges): PlacedPair {
    return this.scorer.tokenizer.placeRanges(query, document, kept);
  }

  /** Logits [sequences][labels] of token ids, in input order: batched, unobserved. */
  scoreIds(sequences: readonly ArrayLike<number>[], options?: ScoreOptions): Promise<number[][]> {
    return this.scorer.scoreIds(sequences, options);
  }

  /**
   * Weights as the checkpoint has them (Linear: [out, in]), as float32 on the host; read anew each time.
   *
   * @param names the usual ones, with `roberta.`, whatever the checkpoint calls them
   * @returns them by these names.
   */
  async readWeights(names: readonly string[]): Promise<Map<string, Float32Array>> {
    const checkpoint = await openCheckpoint(this.scorer.folder);
    try {
      const weights = new Map<string, Float32Array>();
      for (const name of names) {
        const inFile = nameInFile(name, checkpoint.entries);
        const entry = inFile && checkpoint.entries.get(inFile);
        if (!entry) {
          throw new InternalError(`The checkpoint has no tensor "${name}".`);
        }
        weights.set(name, decodeFloat32(await checkpoint.read(entry.name), entry.dtype));
      }
      return weights;
    } finally {
      await checkpoint.close();
    }
  }

  /** The sha256 of the weights' files, in hexadecimal: what tells one model from another. */
  hashWeights(): Promise<string> {
    return hashWeights(this.scorer.folder);
  }

  /** Frees the weights. */
  dispose(): void {
    this.scorer.dispose();
  }
}
