import { Caller } from '../calls/calls.js';
import { startChildProcess } from '../calls/child-process.js';
import type { ScorerInfo, ScorerOptions, TextPair } from '../engine/scorer.js';
import type { ActivationName } from '../model/activations.js';

/** What a process is asked to open. */
export interface OpenCall {
  readonly model: string | undefined;
  readonly options: Omit<ScorerOptions, 'onLoadProgress' | 'threads'>;
}

/** What it then has. */
export interface ComparedSetup {
  readonly info: ScorerInfo;
  /** The activations that it tells of each pair. */
  readonly names: readonly ActivationName[];
}

/** One pair in one process. */
export interface CapturedPair {
  readonly tokens: number;
  /** [labels] */
  readonly logits: readonly number[];
  /** In the order of the names. */
  readonly activations: readonly Float32Array[];
}

const ENTRY = new URL('./compare-process-entry.js', import.meta.url);

/** A model on one backend, in a process of its own: two backends do not live in one. */
export class CompareProcess {
  private constructor(
    readonly setup: ComparedSetup,
    private readonly caller: Caller,
  ) {}

  /** @throws what loading throws; ModelUnavailableError when the process ends meanwhile. */
  static async start(call: OpenCall): Promise<CompareProcess> {
    const caller = new Caller(startChildProcess(ENTRY).port);
    try {
      return new CompareProcess(await caller.call<ComparedSetup>('open', call), caller);
    } catch (error) {
      caller.close();
      throw error;
    }
  }

  /** One pair's activations, the pair alone in its pass. */
  capture(pair: TextPair): Promise<CapturedPair> {
    return this.caller.call('capture', pair);
  }

  /** Ends the process. */
  close(): void {
    this.caller.close();
  }
}
