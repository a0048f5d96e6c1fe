import { setImmediate } from 'node:timers/promises';
import { type Batch, createBatch } from '../batching/batch.js';
import { assertWindows, bestWindow } from '../batching/best-window.js';
import {
  countTokens,
  type EncodedPair,
  type EncodedWindow,
  encodePairsSteps,
  type WindowOptions,
} from '../batching/encode-pairs.js';
import { groupIdentical } from '../batching/identical.js';
import { planBatches } from '../batching/planner.js';
import { InputError, InternalError } from '../errors/errors.js';
import { hashWeights } from '../hub/fingerprint.js';
import type { ModelConfig } from '../model/config/model-config.js';
import type { SequenceClassifier } from '../model/sequence-classifier.js';
import { finish, type Steps } from '../tokenizer/steps.js';
import type { KeptRanges, PlacedPair } from '../tokenizer/tokenized.js';
import type { PairTokenizer } from '../tokenizer/tokenizer.js';
import { type Checkpoint, openCheckpoint, reopenCheckpoint } from '../weights/checkpoint.js';
import { decodeFloat32 } from '../weights/format/dtype.js';
import { nameInFile } from '../weights/names.js';
import type { ModelInfo, PairLogits, ScoreInput, ScoreOptions, TextPair } from './types.js';

/** The parts of a model. */
export interface ModelParts {
  readonly info: ModelInfo;
  /** The folder of its files. */
  readonly folder: string;
  /** Padded tokens of one forward pass. */
  readonly maxBatchTokens: number;
  /** Whether its kernels have gradients. */
  readonly differentiable: boolean;
  /** Absent in a process that only computes; the calling process tokenizes. */
  readonly tokenizer?: PairTokenizer;
  /** Absent if other processes compute. */
  readonly classifier?: SequenceClassifier;
  /** Closed; absent until this thread has read its headers. */
  readonly checkpoint?: Checkpoint;
}

/**
 * One loaded model: config, tokenizer and classifier. {@link openModel} loads one into this thread.
 *
 * Calls may overlap: their batches take turns. Calls made after `dispose`, or still running then, reject with an
 * InputError.
 */
export class Model {
  /** Number of batches that are computed at the same time. */
  protected readonly lanes: number = 1;
  private isDisposed = false;
  private checkpoint: Checkpoint | undefined;

  constructor(private readonly parts: ModelParts) {
    this.checkpoint = parts.checkpoint;
  }

  /** Facts about the model for people, logs and answers. */
  get info(): ModelInfo {
    return this.parts.info;
  }

  get config(): ModelConfig {
    return this.parts.info.config;
  }

  /** Padded tokens of one forward pass. */
  get maxBatchTokens(): number {
    return this.parts.maxBatchTokens;
  }

  /** Whether gradients can be computed. */
  get differentiable(): boolean {
    return this.parts.differentiable;
  }

  /** @throws InternalError in a process that has only the layers. */
  get tokenizer(): PairTokenizer {
    return this.parts.tokenizer ?? missing('tokenizer');
  }

  /** The layers. @throws InternalError if they are in other processes. */
  get classifier(): SequenceClassifier {
    return this.parts.classifier ?? missing('classifier');
  }

  /**
   * Turns pairs and single texts into token ids, truncated as `info` says. Equal texts are tokenized only once.
   *
   * @returns in input order; without `windows`, each has one window.
   */
  encode(inputs: readonly ScoreInput[], windows?: WindowOptions): EncodedPair[] {
    return finish(this.encodeSteps(inputs, windows));
  }

  /** The same in steps. */
  encodeSteps(inputs: readonly ScoreInput[], windows?: WindowOptions): Steps<EncodedPair[]> {
    const { maxLength, truncation, truncationSide } = this.info;
    return encodePairsSteps(this.tokenizer, inputs, { maxLength, truncation, truncationSide, windows });
  }

  /** The same as {@link encode} without windows: one sequence for each input. */
  encodeIds(inputs: readonly ScoreInput[]): Int32Array[] {
    return this.encode(inputs).flatMap(({ windows }) => windows.map(({ inputIds }) => inputIds));
  }

  /** A pair's tokens with their texts and places, truncated as for scoring. */
  placeTokens(pair: TextPair): PlacedPair {
    return finish(this.placeTokensSteps(pair));
  }

  /** The same in steps. @param kept the tokens of both texts to keep; default: as for scoring. */
  placeTokensSteps({ query, document }: TextPair, kept?: KeptRanges): Steps<PlacedPair> {
    const { maxLength, truncation, truncationSide } = this.info;
    return this.tokenizer.placePairSteps(query, document, kept ?? { maxLength, truncation, truncationSide });
  }

  /**
   * Scores pairs and single texts.
   *
   * @returns in input order; logits that are not finite are returned too.
   */
  async score(inputs: readonly ScoreInput[], options: ScoreOptions = {}): Promise<PairLogits[]> {
    if (options.windows !== undefined) {
      assertWindows(options.windows, this.config.numLabels);
    }
    const pairs = this.encode(inputs, options.windows);
    const sequences = pairs.flatMap(({ windows }) => windows.map(({ inputIds }) => inputIds));
    const logits = await this.scoreSequences(sequences, options);
    let next = 0;
    return pairs.map((pair) => {
      const start = next;
      next += pair.windows.length;
      return takeBestWindow(pair, logits.slice(start, next));
    });
  }

  /**
   * Scores token ids as they are: plans batches, runs them, and puts the results into input order. Between two batches
   * the event loop runs, so that batches of other calls can run and abort signals arrive. Identical sequences are computed
   * once.
   *
   * @param sequences each no longer than the model's positions.
   * @returns logits [sequences][labels], in input order; they may be not finite.
   */
  async scoreSequences(
    sequences: readonly ArrayLike<number>[],
    { signal, onProgress }: ScoreOptions = {},
  ): Promise<number[][]> {
    this.assertUsable();
    const groups = groupIdentical(sequences);
    const distinct = groups.map(([first]) => sequences[first as number] as ArrayLike<number>);
    const lengths = distinct.map(({ length }) => length);
    const results = new Array<number[]>(sequences.length);
    const progress = { pairs: 0, totalPairs: sequences.length, tokens: 0, paddedTokens: 0 };
    const batches = planBatches(lengths, this.maxBatchTokens).values();
    let hasFailed = false;
    const work = async (): Promise<void> => {
      for (const indices of batches) {
        if (hasFailed) {
          return;
        }
        signal?.throwIfAborted();
        const batch = createBatch(
          indices.map((index) => distinct[index] as ArrayLike<number>),
          this.config.padTokenId,
        );
        const logits = await this.run(batch);
        if (hasFailed) {
          return;
        }
        signal?.throwIfAborted(); // `onProgress` of another lane may have aborted
        this.assertUsable();
        for (const [row, index] of indices.entries()) {
          for (const place of groups[index] as number[]) {
            results[place] = [...(logits[row] as number[])];
            progress.pairs += 1;
          }
          progress.tokens += lengths[index] as number;
        }
        progress.paddedTokens += batch.inputIds.length;
        onProgress?.({ ...progress });
        await setImmediate();
      }
    };
    try {
      await Promise.all(Array.from({ length: this.lanes }, work));
    } catch (error) {
      hasFailed = true; // the other lanes stop after their batch, and report nothing
      throw error;
    }
    return results;
  }

  /**
   * Computes one batch without planning.
   *
   * @returns logits [batch][labels], float32 values; they may be not finite.
   */
  async run(batch: Batch): Promise<number[][]> {
    this.assertUsable();
    const logits = this.classifier.forward(batch);
    try {
      const values = Array.from(await logits.data<'float32'>());
      const { numLabels } = this.config;
      return Array.from(batch.lengths, (_, row) => values.slice(row * numLabels, (row + 1) * numLabels));
    } finally {
      logits.dispose();
    }
  }

  /**
   * Reads weights from the checkpoint at each call, but its headers only once. Linear weights are [out, in].
   *
   * @param names of the tensors, always with `roberta.`, even if the checkpoint omits that prefix.
   * @returns float32 values in plain arrays, by these names.
   */
  async readWeights(names: readonly string[]): Promise<Map<string, Float32Array>> {
    const known = this.checkpoint;
    const checkpoint = await (known === undefined
      ? openCheckpoint(this.parts.folder)
      : reopenCheckpoint(known));
    this.checkpoint = checkpoint;
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

  /** The sha256 of the weight files, in hexadecimal; it identifies the model. */
  hashWeights(): Promise<string> {
    return hashWeights(this.parts.folder);
  }

  /** Frees the weights. */
  dispose(): void {
    if (!this.isDisposed) {
      this.isDisposed = true;
      this.parts.classifier?.dispose();
    }
  }

  /** @throws InputError after `dispose`. */
  protected assertUsable(): void {
    if (this.isDisposed) {
      throw new InputError('The model is disposed; load it again to score.');
    }
  }
}

function missing(part: string): never {
  throw new InternalError(`This model has no ${part} in this process: another one has it.`);
}

/** The result of a pair: that of its best window. @param logits [windows][labels]. */
function takeBestWindow(pair: EncodedPair, logits: readonly (readonly number[])[]): PairLogits {
  const { windows, queryTokensCut, documentTokensCut } = pair;
  const index = bestWindow(logits);
  const { start, end } = windows[index] as EncodedWindow;
  return {
    logits: logits[index] as readonly number[],
    usage: { tokens: countTokens(pair), queryTokensCut, documentTokensCut },
    ...(windows.length > 1 ? { window: { index, of: windows.length, start, end } } : {}),
  };
}
