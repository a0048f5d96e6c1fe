import type { Batch } from '../batching/batch.js';
import type { EncodedPair, EncodeOptions } from '../batching/encode-pairs.js';
import { Caller } from '../calls/calls.js';
import { startChildProcess } from '../calls/child-process.js';
import { type ErrorMessage, fromErrorMessage } from '../calls/error-message.js';
import type { ScorerInfo, ScorerOptions, TextPair } from '../engine/scorer.js';
import type { ModelUnavailableError } from '../errors/errors.js';
import type { TokenizedText } from '../tokenizer/tokenized.js';
import type { PairTokenizer } from '../tokenizer/tokenizer.js';
import type { LoadProgress } from '../weights/checkpoint.js';
import { Watchdog } from './watchdog.js';

/** What the process is asked to load. */
export interface LoadCall {
  /** A model folder, or a name of the hub; without one the embedded model. */
  readonly model: string | undefined;
  readonly options: Omit<ScorerOptions, 'onLoadProgress' | 'onDownloadProgress'>;
}

/** What it then has. */
export interface LoadedModel {
  readonly info: ScorerInfo;
  /** Padded tokens of one forward pass. */
  readonly maxBatchTokens: number;
  readonly specialTokensPerPair: number;
  /** Special tokens before and behind one text. */
  readonly aroundText: PairTokenizer['aroundText'];
  /** Of the weights, hexadecimal. */
  readonly sha256: string;
}

/** Pairs to be encoded alike. */
export interface EncodeGroup {
  readonly pairs: readonly TextPair[];
  readonly options: EncodeOptions;
}

/** A group's pairs in their order, or why they could not be encoded. */
export type EncodeAnswer = { readonly pairs: EncodedPair[] } | { readonly error: ErrorMessage };

/** A text to be shown in tokens. */
export interface TokenizeCall {
  readonly text: string;
}

/** A computed batch, and how the process is after it. */
export interface BatchResult {
  /** [batch][labels], float32 values. */
  readonly logits: number[][];
  readonly computeMs: number;
  /** Tensors alive in the process. */
  readonly tensors: number;
  readonly rssBytes: number;
}

/** How a process is started and kept. */
export interface ProcessOptions {
  /** The built file that it runs, which calls `answerAsModel`; default one that scores and no more. */
  readonly entry?: URL | undefined;
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
  /** Ends the start, and the process. */
  readonly signal?: AbortSignal | undefined;
  /** A loaded process that answers nothing for so long, while it should, is ended. Without it, it is waited for. */
  readonly hangMs?: number | undefined;
}

/**
 * A model and its tokenizer in a child process: an abort of native code ends that process and not this one. It keeps
 * nothing between calls, so a new one takes over where another died.
 */
export class ModelProcess {
  private constructor(
    readonly loaded: LoadedModel,
    readonly pid: number,
    /** Resolves when the process has ended, whyever. */
    readonly ended: Promise<ModelUnavailableError>,
    private readonly caller: Caller,
    private readonly watchdog: Watchdog | undefined,
  ) {}

  /**
   * @throws what loading throws; ModelUnavailableError when the process ends meanwhile.
   */
  static async start(
    call: LoadCall,
    { entry = ENTRY, onProgress, signal, hangMs }: ProcessOptions = {},
  ): Promise<ModelProcess> {
    signal?.throwIfAborted();
    const { port, pid, ended, kill } = startChildProcess(entry);
    const watchdog =
      hangMs === undefined
        ? undefined
        : new Watchdog(hangMs, () => kill(`answered nothing for ${hangMs / 1000} s and was ended`));
    const caller = new Caller(port);
    const stop = (): void => caller.close();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      const loaded = await caller.call<LoadedModel>('load', call, onProgress);
      return new ModelProcess(loaded, pid, ended, caller, watchdog);
    } catch (error) {
      caller.close();
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  /** @returns for each group one entry a pair, in their order, or why there are none. */
  async encode(groups: readonly EncodeGroup[]): Promise<(readonly EncodedPair[] | Error)[]> {
    const answers = await this.call<EncodeAnswer[]>('encode', groups);
    return answers.map((answer) => ('error' in answer ? fromErrorMessage(answer.error) : answer.pairs));
  }

  run(batch: Batch): Promise<BatchResult> {
    return this.call('run', batch);
  }

  /** The tokens of one text with their places, special tokens left out. */
  tokenize(text: string): Promise<TokenizedText> {
    return this.call('tokenize', { text } satisfies TokenizeCall);
  }

  /** Asks for what its entry answers beside, however long that takes. */
  ask<T>(method: string, argument: unknown): Promise<T> {
    return this.caller.call(method, argument);
  }

  /** Ends the process; open calls reject. */
  close(): void {
    this.caller.close();
  }

  private call<T>(method: string, argument: unknown): Promise<T> {
    const answer = this.caller.call<T>(method, argument);
    return this.watchdog?.watch(answer) ?? answer;
  }
}

const ENTRY = new URL('./model-process-entry.js', import.meta.url);
