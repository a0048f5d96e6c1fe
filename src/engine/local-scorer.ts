import { setImmediate } from 'node:timers/promises';
import { type Batch, createBatch } from '../batching/batch.js';
import { encodePairs } from '../batching/encode-pairs.js';
import { planBatches } from '../batching/planner.js';
import { InputError, InternalError } from '../errors/errors.js';
import { readModel } from '../hub/read-model.js';
import { resolveModel } from '../hub/resolve.js';
import type { Backend } from '../kernels/backend.js';
import type { ModelDtype } from '../kernels/model-dtype.js';
import { chooseActivation } from '../model/config/score-activation.js';
import type { SequenceClassifier } from '../model/sequence-classifier.js';
import type { TokenizedPair } from '../tokenizer/tokenized.js';
import type { PairTokenizer } from '../tokenizer/tokenizer.js';
import { assertWindows, takeBestWindow } from './best-window.js';
import { encodeSamples } from './calibration.js';
import { assertThreads, loadRunners } from './load-runners.js';
import { ModelRunner, type Runner } from './model-runner.js';
import type { PairLogits, ScoreInput, ScoreOptions, Scorer, ScorerInfo, ScorerOptions } from './scorer.js';
import { isFiniteAnswer, notFinite } from './scores.js';

/**
 * Padded tokens of one forward pass. Measured: on wasm and cpu larger batches only fall out of the cache. That of
 * webgpu was not measured, for want of a GPU: a batch costs some hundred commands, however many tokens it has.
 */
const DEFAULT_MAX_BATCH_TOKENS: Record<Backend, number> = { node: 1024, webgpu: 4096, wasm: 512, cpu: 512 };

/** int8 gains 8 % by larger batches (18 % where nothing is padded): oneDNN brings the weights into its form each time. */
function defaultMaxBatchTokens(backend: Backend, dtype: ModelDtype): number {
  return dtype === 'int8' ? 2048 : DEFAULT_MAX_BATCH_TOKENS[backend];
}

/** What inspection asks for beside. */
interface LocalScorerOptions extends ScorerOptions {
  readonly differentiable?: boolean | undefined;
}

/** A model in this process: tokenizer and batches in this thread, forward passes here or in worker threads. */
export class LocalScorer implements Scorer {
  private disposed = false;
  private readonly open = new Map<Runner, number>();

  private constructor(
    readonly info: ScorerInfo,
    readonly tokenizer: PairTokenizer,
    private readonly runners: readonly Runner[],
    /** Padded tokens of one forward pass. */
    readonly maxBatchTokens: number,
    /** The model's. */
    readonly folder: string,
  ) {}

  /**
   * @param model a model folder, or a name of the hub; without one the embedded model.
   * @throws ConfigError, TokenizationError, WeightNotFoundError, WeightFormatError, WeightShapeError: the folder.
   * @throws HubError: a name of the hub. ModelChangedError: the lock file.
   * @throws BackendUnavailableError: the backend. InputError: the options.
   */
  static async load(model?: string, options: LocalScorerOptions = {}): Promise<LocalScorer> {
    const { truncation = 'longest_first', dtype = 'float32', threads = 1, differentiable = false } = options;
    assertThreads(threads, options.backend);
    planBatches([], options.maxBatchTokens ?? 1); // refuses a budget that is none, before anything is loaded
    const resolved = await resolveModel(model, options);
    if (options.lockFile !== undefined) {
      const { assertLocked } = await import('../hub/lock-file.js');
      await assertLocked(options.lockFile, resolved);
    }
    const { folder, name, revision } = resolved;
    const { config, tokenizer } = await readModel(folder);
    const truncationSide = options.truncationSide ?? tokenizer.truncationSide ?? 'right';
    const limit = config.maxSequenceLength;
    const maxLength = options.maxLength ?? Math.min(tokenizer.modelMaxLength ?? limit, limit);
    if (maxLength > limit) {
      throw new InputError(
        `The maximal length is ${maxLength}; this model has positions for ${limit} tokens.`,
      );
    }
    tokenizer.encodePair('', '', { maxLength, truncation }); // refuses a length that leaves no room for a token

    const samples = encodeSamples(tokenizer, limit);
    const maxTokens = Math.max(maxLength, options.maxBatchTokens ?? DEFAULT_MAX_BATCH_TOKENS.wasm);
    const rest = { dtype, samples, maxTokens, differentiable };
    const { activation, warning } = chooseActivation(options.activation ?? 'sigmoid', config.activationFn);
    const runners = await loadRunners(folder, config, rest, threads, options);
    const [{ backend, warnings }] = runners as [Runner];
    const info: ScorerInfo = {
      model: name,
      ...(revision !== undefined && { revision }),
      config,
      backend: {
        ...backend,
        description: `${backend.description}${threads === 1 ? '' : `, ${threads} worker threads`}`,
      },
      dtype,
      maxLength,
      truncation,
      truncationSide,
      activation,
      warnings: warning === undefined ? warnings : [...warnings, warning],
    };
    const maxBatchTokens = options.maxBatchTokens ?? defaultMaxBatchTokens(backend.name, dtype);
    return new LocalScorer(info, tokenizer, runners, maxBatchTokens, folder);
  }

  /** Token ids of texts and pairs, each text tokenized once however often it comes. */
  encode(inputs: readonly ScoreInput[]): TokenizedPair[] {
    const { maxLength, truncation, truncationSide } = this.info;
    const known = new Map<string, Int32Array>();
    const encode = (text: string): Int32Array => {
      const ids = known.get(text) ?? this.tokenizer.encode(text);
      known.set(text, ids);
      return ids;
    };
    return inputs.map((input) =>
      typeof input === 'string'
        ? this.tokenizer.joinText(encode(input), { maxLength, truncation, truncationSide })
        : this.tokenizer.joinPair(encode(input.query), encode(input.document), {
            maxLength,
            truncation,
            truncationSide,
          }),
    );
  }

  async score(inputs: readonly ScoreInput[], options: ScoreOptions = {}): Promise<PairLogits[]> {
    const { maxLength, truncation, truncationSide, config } = this.info;
    const { windows } = options;
    if (windows !== undefined) {
      assertWindows(windows, config.numLabels);
    }
    const encoded = encodePairs(this.tokenizer, inputs, { maxLength, truncation, truncationSide, windows });
    const sequences = encoded.flatMap((pair) => pair.windows.map(({ inputIds }) => inputIds));
    const logits = await this.compute(sequences, options);
    let next = 0;
    return encoded.map((pair) => {
      const start = next;
      next += pair.windows.length;
      return takeBestWindow(pair, logits.slice(start, next));
    });
  }

  /**
   * Scores token ids as they are, each sequence no longer than the model's positions.
   *
   * Between two batches the event loop gets a turn: other calls' batches may run then, and aborts are seen. With
   * several runners each takes the next batch as soon as it is free; what fails on one ends the call.
   *
   * @returns logits [sequences][labels], in input order.
   * @throws InternalError for logits that are not finite.
   */
  async scoreIds(sequences: readonly ArrayLike<number>[], options: ScoreOptions = {}): Promise<number[][]> {
    const logits = await this.compute(sequences, options);
    const bad = logits.findIndex((row) => !isFiniteAnswer(row));
    if (bad !== -1) {
      throw notFinite(`sequences[${bad}]`);
    }
    return logits;
  }

  private async compute(
    sequences: readonly ArrayLike<number>[],
    { signal, onProgress }: ScoreOptions,
  ): Promise<number[][]> {
    const { padTokenId } = this.info.config;
    const lengths = sequences.map((ids) => ids.length);
    const results = new Array<number[]>(sequences.length);
    const progress = { pairs: 0, totalPairs: sequences.length, tokens: 0 };
    const batches = planBatches(lengths, this.maxBatchTokens).values();
    let failed = false;
    const work = async (runner: Runner): Promise<void> => {
      for (const indices of batches) {
        if (failed) {
          return;
        }
        signal?.throwIfAborted();
        this.assertUsable();
        const batch = createBatch(
          indices.map((i) => sequences[i] as ArrayLike<number>),
          padTokenId,
        );
        const rows = await runner.run(batch);
        if (failed) {
          return;
        }
        signal?.throwIfAborted(); // another runner's progress may have been the reason: nobody is told more
        for (const [row, index] of indices.entries()) {
          results[index] = rows[row] as number[];
          progress.pairs += 1;
          progress.tokens += lengths[index] as number;
        }
        onProgress?.({ ...progress });
        await setImmediate();
      }
    };
    try {
      await Promise.all(this.runners.map(work));
    } catch (error) {
      failed = true; // the others stop after their batch, and tell nobody
      throw error;
    }
    return results;
  }

  /** The model's layers. @throws InternalError when they are in other threads. */
  classifier(): SequenceClassifier {
    const [runner] = this.runners;
    if (runner instanceof ModelRunner) {
      return runner.classifier;
    }
    throw new InternalError('The layers of a model in worker threads cannot be looked into.');
  }

  /**
   * Computes one batch as it is, on the runner that has the least to do.
   *
   * @returns logits [batch][labels]; those of an input may be no finite numbers.
   */
  async run(batch: Batch): Promise<number[][]> {
    this.assertUsable();
    const [runner] = [...this.runners].sort((a, b) => this.openRuns(a) - this.openRuns(b)) as [Runner];
    this.open.set(runner, this.openRuns(runner) + 1);
    try {
      return await runner.run(batch);
    } finally {
      this.open.set(runner, this.openRuns(runner) - 1);
    }
  }

  private openRuns(runner: Runner): number {
    return this.open.get(runner) ?? 0;
  }

  private assertUsable(): void {
    if (this.disposed) {
      throw new InputError('The reranker is disposed; load it again to score.');
    }
  }

  dispose(): void {
    if (!this.disposed) {
      this.disposed = true;
      for (const runner of this.runners) {
        runner.dispose();
      }
    }
  }
}
