import { ModelUnavailableError } from '../../errors/errors.js';
import {
  type LoadCall,
  type LoadedModel,
  ModelProcess,
  type ProcessOptions,
} from '../../process/model-process.js';

/** What a host tells while it works. */
export interface HostEvents {
  /** A process is up. */
  readonly onStart?: (process: ModelProcess) => void;
  /** It ended, or could not be started again; when it is tried next. */
  readonly onLost?: (error: Error, retryMs: number) => void;
}

/** A process that explains, too. */
const ENTRY = new URL('../explain/explain-process-entry.js', import.meta.url);
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 30_000;
/** A process that lived so long was well: the next one may start at once. */
const WELL_AFTER_MS = 60_000;

/** Keeps one model's process running: starts it again when it has ended. */
export class ModelHost {
  private retryMs = FIRST_RETRY_MS;
  private running: ModelProcess | undefined;
  private readonly waiting = new Set<() => void>();
  private readonly closing = new AbortController();

  private constructor(
    /** What the first process said of the model. */
    readonly loaded: LoadedModel,
    private readonly call: LoadCall,
    private readonly events: HostEvents,
    private readonly hangMs: number | undefined,
  ) {}

  /** @throws what loading throws: a model that cannot be loaded the first time is not tried again. */
  static async start(call: LoadCall, events: HostEvents = {}, how: ProcessOptions = {}): Promise<ModelHost> {
    const process = await ModelProcess.start(call, { ...how, entry: ENTRY });
    const host = new ModelHost(process.loaded, call, events, how.hangMs);
    host.adopt(process);
    return host;
  }

  /** Whether a process is up. */
  get isReady(): boolean {
    return this.running !== undefined;
  }

  /** The process that is up, or nothing. */
  get process(): ModelProcess | undefined {
    return this.running;
  }

  /** The process that is up. @throws ModelUnavailableError where none is. */
  current(): ModelProcess {
    if (this.running === undefined) {
      throw new ModelUnavailableError('The model is being started again; try again in a moment.');
    }
    return this.running;
  }

  /** Calls once a process is up, at once where one is. */
  whenReady(then: () => void): void {
    if (this.running === undefined) {
      this.waiting.add(then);
    } else {
      then();
    }
  }

  /** Ends the process for good. */
  close(): void {
    this.closing.abort();
    this.running?.close();
    this.running = undefined;
    this.waiting.clear();
  }

  private adopt(process: ModelProcess): void {
    const startedAt = performance.now();
    this.running = process;
    this.events.onStart?.(process);
    process.ended.then((error) => {
      this.running = undefined;
      if (performance.now() - startedAt > WELL_AFTER_MS) {
        this.retryMs = FIRST_RETRY_MS;
      }
      this.lose(error);
    });
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const then of waiting) {
      then();
    }
  }

  private lose(error: Error): void {
    if (this.closing.signal.aborted) {
      return;
    }
    this.events.onLost?.(error, this.retryMs);
    const timer = setTimeout(() => this.restart(), this.retryMs);
    this.closing.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
    this.retryMs = Math.min(this.retryMs * 2, LONGEST_RETRY_MS);
  }

  private async restart(): Promise<void> {
    try {
      const process = await ModelProcess.start(this.call, {
        entry: ENTRY,
        signal: this.closing.signal,
        hangMs: this.hangMs,
      });
      if (this.closing.signal.aborted) {
        process.close();
      } else {
        this.adopt(process);
      }
    } catch (error) {
      this.lose(error as Error);
    }
  }
}
