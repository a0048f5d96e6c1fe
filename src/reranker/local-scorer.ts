import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type Batch, createBatch } from '../batching/batch.js';
import { planBatches } from '../batching/planner.js';
import { ConfigError, InputError, InternalError } from '../errors.js';
import { resolveModelFolder } from '../hub/resolve.js';
import { SequenceClassifier } from '../model/sequence-classifier.js';
import { type Backend, startBackend } from '../tensor/backend.js';
import { createKernels } from '../tensor/create-kernels.js';
import type { TokenizedPair } from '../text/tokenized.js';
import type { PairTokenizer } from '../text/tokenizer.js';
import { openCheckpoint } from '../weights/checkpoint.js';
import { calibrate } from './calibration.js';
import { readModelConfig, readTokenizer } from './model-files.js';
import type { PairLogits, ScoreOptions, Scorer, ScorerInfo, ScorerOptions, TextPair } from './scorer.js';

/**
 * Padded tokens of one forward pass. Measured: on wasm and cpu larger batches only fall out of the cache. That of
 * webgpu was not measured, for want of a GPU: a batch costs some hundred commands, however many tokens it has.
 */
const DEFAULT_MAX_BATCH_TOKENS: Record<Backend, number> = { node: 1024, webgpu: 4096, wasm: 512, cpu: 512 };

/** A model in this thread: tokenizer, batches, forward passes. */
export class LocalScorer implements Scorer {
  private disposed = false;

  private constructor(
    readonly info: ScorerInfo,
    readonly tokenizer: PairTokenizer,
    readonly classifier: SequenceClassifier,
    private readonly maxBatchTokens: number,
  ) {}

  /**
   * @param model a model folder; without one the embedded model.
   * @throws ConfigError, TokenizationError, WeightNotFoundError, WeightFormatError, WeightShapeError: the folder.
   * @throws BackendUnavailableError: the backend. InputError: the options.
   */
  static async load(model?: string, options: ScorerOptions = {}): Promise<LocalScorer> {
    const { truncation = 'longest_first', dtype = 'float32' } = options;
    planBatches([], options.maxBatchTokens ?? 1); // refuses a budget that is none, before anything is loaded
    const folder = await resolveModelFolder(model);
    const config = await readModelConfig(folder);
    const tokenizer = await readTokenizer(folder);
    if (tokenizer.vocabSize > config.vocabSize) {
      throw new ConfigError(
        `${folder}: tokenizer.json has ids up to ${tokenizer.vocabSize - 1}, config.json a vocab_size of ` +
          `${config.vocabSize}. Tokenizer and config are not of the same model.`,
        'vocab_size',
      );
    }
    const limit = config.maxSequenceLength;
    const maxLength = options.maxLength ?? Math.min(tokenizer.modelMaxLength ?? limit, limit);
    if (maxLength > limit) {
      throw new InputError(
        `The maximal length is ${maxLength}; this model has positions for ${limit} tokens.`,
      );
    }
    tokenizer.encodePair('', '', { maxLength, truncation }); // refuses a length that leaves no room for a token

    const backend = await startBackend(options.backend);
    const kernels = await createKernels(backend, dtype);
    const checkpoint = await openCheckpoint(folder);
    try {
      const classifier = await SequenceClassifier.load(checkpoint, config, {
        kernels,
        onProgress: options.onLoadProgress,
      });
      calibrate(kernels, classifier, tokenizer);
      const info: ScorerInfo = {
        model: path.basename(folder),
        config,
        backend,
        dtype,
        maxLength,
        truncation,
      };
      const maxBatchTokens = options.maxBatchTokens ?? DEFAULT_MAX_BATCH_TOKENS[backend.name];
      return new LocalScorer(info, tokenizer, classifier, maxBatchTokens);
    } finally {
      await checkpoint.close();
    }
  }

  /** Token ids of pairs, each text tokenized once however often it comes. */
  encode(pairs: readonly TextPair[]): TokenizedPair[] {
    const { maxLength, truncation } = this.info;
    const known = new Map<string, Int32Array>();
    const encode = (text: string): Int32Array => {
      const ids = known.get(text) ?? this.tokenizer.encode(text);
      known.set(text, ids);
      return ids;
    };
    return pairs.map(({ query, document }) =>
      this.tokenizer.joinPair(encode(query), encode(document), { maxLength, truncation }),
    );
  }

  async score(pairs: readonly TextPair[], options: ScoreOptions = {}): Promise<PairLogits[]> {
    const encoded = this.encode(pairs);
    const logits = await this.scoreIds(
      encoded.map(({ inputIds }) => inputIds),
      options,
    );
    return encoded.map((pair, i) => ({
      logits: logits[i] as number[],
      usage: {
        tokens: pair.inputIds.length,
        queryTokensCut: pair.queryTokensCut,
        documentTokensCut: pair.documentTokensCut,
      },
    }));
  }

  /**
   * Scores token ids as they are, each sequence no longer than the model's positions.
   *
   * Between two batches the event loop gets a turn: other calls' batches may run then, and aborts are seen.
   *
   * @returns logits [sequences][labels], in input order.
   */
  async scoreIds(
    sequences: readonly ArrayLike<number>[],
    { signal, onProgress }: ScoreOptions = {},
  ): Promise<number[][]> {
    const { padTokenId } = this.info.config;
    const lengths = sequences.map((ids) => ids.length);
    const results = new Array<number[]>(sequences.length);
    const progress = { pairs: 0, totalPairs: sequences.length, tokens: 0 };
    for (const indices of planBatches(lengths, this.maxBatchTokens)) {
      signal?.throwIfAborted();
      const batch = createBatch(
        indices.map((i) => sequences[i] as ArrayLike<number>),
        padTokenId,
      );
      const rows = await this.forward(batch);
      for (const [row, index] of indices.entries()) {
        results[index] = rows[row] as number[];
        progress.pairs += 1;
        progress.tokens += lengths[index] as number;
      }
      onProgress?.({ ...progress });
      await setImmediate();
    }
    return results;
  }

  /** @returns logits [batch][labels]. */
  private async forward(batch: Batch): Promise<number[][]> {
    if (this.disposed) {
      throw new InputError('The reranker is disposed; load it again to score.');
    }
    const logits = this.classifier.forward(batch);
    try {
      const values = Array.from(await logits.data<'float32'>());
      if (!values.every(Number.isFinite)) {
        throw new InternalError(
          `The model gave a logit that is not a finite number (backend ${this.info.backend.name}).`,
        );
      }
      const labels = this.info.config.numLabels;
      return Array.from(batch.lengths, (_, row) => values.slice(row * labels, (row + 1) * labels));
    } finally {
      logits.dispose();
    }
  }

  dispose(): void {
    if (!this.disposed) {
      this.disposed = true;
      this.classifier.dispose();
    }
  }
}
