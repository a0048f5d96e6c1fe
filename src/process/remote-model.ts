import { availableParallelism } from 'node:os';
import type { Batch } from '../batching/batch.js';
import { Model, type ModelParts } from '../engine/model.js';
import { prepareModel, toParts } from '../engine/open.js';
import type { ModelOptions } from '../engine/types.js';
import { ModelUnavailableError } from '../errors/errors.js';
import type { BatchResult, LoadAnswer } from './answer-as-model.js';
import { startChildProcess } from './child-process.js';
import { Line, type LineOptions } from './line.js';

/** Where the layers of a model run, and how their processes are kept running. */
export interface RemoteOptions extends Omit<LineOptions, 'onProgress'> {
  /** How many compute side by side; each has weights of its own and its share of the cores. Default 1. */
  readonly processes?: number | undefined;
  /** The file that a process runs, which calls `answerAsModel`. Default: one that only computes batches. */
  readonly entry?: URL | undefined;
}

const ENTRY = new URL('./process-entry.js', import.meta.url);

/**
 * A model whose layers run in other processes, so that a crash of native code ends only such a process. Texts are
 * tokenized here; token ids go to them, and logits come back.
 */
export class RemoteModel extends Model {
  protected override readonly lanes: number;
  private readonly waiting = new Set<() => void>();

  private constructor(
    parts: ModelParts,
    private readonly lines: readonly Line[],
  ) {
    super(parts);
    this.lanes = lines.length;
  }

  /**
   * @param model a model folder, or a name of the hub; without one the embedded model.
   * @throws errors of `openModel`; ModelUnavailableError if a process ends during the start. Then all are ended.
   */
  static async open(
    model: string | undefined,
    options: ModelOptions,
    { processes = 1, entry = ENTRY, ...rest }: RemoteOptions,
  ): Promise<RemoteModel> {
    const { onLoadProgress } = options;
    const prepared = await prepareModel(model, options);
    const { tokenizer, about, layers } = prepared;
    const cores = processes === 1 ? undefined : Math.max(1, Math.floor(availableParallelism() / processes));
    const lines: Line[] = [];
    const start = async (backend: typeof layers.backend, onProgress?: typeof onLoadProgress) => {
      const call = { about: { ...about, warnings: [] }, layers: { ...layers, backend, cores } };
      const { line, loaded } = await Line.start(() => startChildProcess(entry), call, {
        ...rest,
        onProgress,
      });
      lines.push(line);
      return loaded;
    };
    try {
      // The first one decides which backend `auto` means; the others use the same.
      const loaded = await start(layers.backend, onLoadProgress);
      await allOrFirstError(Array.from({ length: processes - 1 }, () => start(loaded.backend.name)));
      return new RemoteModel({ ...toParts(prepared, describe(loaded, processes)), tokenizer }, lines);
    } catch (error) {
      for (const line of lines) {
        line.close();
      }
      throw error;
    }
  }

  /** Whether a batch can be computed now. */
  get isUp(): boolean {
    return this.lines.some((line) => line.isUp);
  }

  /** The ids of the running processes. */
  get pids(): readonly number[] {
    return this.lines.flatMap(({ pid, isUp }) => (isUp && pid !== undefined ? [pid] : []));
  }

  /** Calls `then` when a batch can be computed, at once if that is possible already. */
  whenUp(then: () => void): void {
    if (this.isUp) {
      then();
      return;
    }
    this.waiting.add(then);
    for (const line of this.lines) {
      line.whenUp(this.wake);
    }
  }

  private readonly wake = (): void => {
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const then of waiting) {
      then();
    }
  };

  override async run(batch: Batch): Promise<number[][]> {
    return (await this.compute(batch)).logits;
  }

  /**
   * Computes one batch in the process with the fewest open calls.
   *
   * @throws ModelUnavailableError if none is up, or if it ends during the call.
   */
  compute(batch: Batch): Promise<BatchResult> {
    return this.leastBusy().run('run', batch);
  }

  /**
   * Makes another call that the entry of the processes answers.
   *
   * @param limitMs the time that the call sets itself: a process that answers much later hangs, and is ended.
   */
  ask<T>(method: string, argument: unknown, limitMs?: number): Promise<T> {
    return this.leastBusy().ask(method, argument, limitMs);
  }

  /** Ends the processes; open calls reject. */
  override dispose(): void {
    super.dispose();
    for (const line of this.lines) {
      line.close();
    }
  }

  private leastBusy(): Line {
    this.assertUsable();
    const [first] = this.lines.filter(({ isUp }) => isUp).sort((a, b) => a.openCalls - b.openCalls);
    if (first === undefined) {
      throw new ModelUnavailableError('The model is being restarted; try again in a moment.');
    }
    return first;
  }
}

/** Waits for all, even if some fail, so that everything that was started can be ended. @throws the first error. */
async function allOrFirstError(work: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    throw failed.reason;
  }
}

function describe(loaded: LoadAnswer, count: number): LoadAnswer {
  const { name, description } = loaded.backend;
  const many = count === 1 ? '' : `, ${count} processes`;
  return { ...loaded, backend: { name, description: description + many } };
}
