import type { LoadProgress } from '../weights/checkpoint.js';
import type { LoadAnswer, LoadCall } from './answer-as-model.js';
import { Caller } from './calls.js';
import type { Connection } from './port.js';
import { Watchdog } from './watchdog.js';

/** Events of a line that restarts its process. */
export interface LineEvents {
  /** A process is ready. */
  readonly onStart?: ((pid: number | undefined) => void) | undefined;
  /** The process ended or could not be restarted; the next attempt follows after `retryMs`. */
  readonly onLost?: ((error: Error, retryMs: number) => void) | undefined;
}

/** Options for starting a line and keeping it running. */
export interface LineOptions {
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
  /** Ends the start, and the process. */
  readonly signal?: AbortSignal | undefined;
  /** A process that answers no batch for this long is ended. Without it, there is no limit. */
  readonly hangMs?: number | undefined;
  /** If present, a process that has ended is restarted. */
  readonly restart?: LineEvents | undefined;
}

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 30_000;
/** After this lifetime, a process counts as healthy, and the next one may start at once. */
const WELL_AFTER_MS = 60_000;

/** One process that holds the layers of a model, and the calls to it. */
export class Line {
  private caller: Caller | undefined;
  private watchdog: Watchdog | undefined;
  private kill: Connection['kill'] | undefined;
  private processId: number | undefined;
  private retryMs = FIRST_RETRY_MS;
  private open = 0;
  private readonly closing = new AbortController();
  private readonly waiting = new Set<() => void>();

  private constructor(
    private readonly connect: () => Connection,
    private readonly load: LoadCall,
    private readonly options: LineOptions,
  ) {}

  /**
   * Starts the other side and lets it load the layers.
   *
   * @throws errors of loading; ModelUnavailableError if the process ends during that. Neither is retried.
   */
  static async start(
    connect: () => Connection,
    load: LoadCall,
    options: LineOptions,
  ): Promise<{ readonly line: Line; readonly loaded: LoadAnswer }> {
    const line = new Line(connect, load, options);
    return { line, loaded: await line.start(options.signal) };
  }

  /** Whether calls can be made. */
  get isUp(): boolean {
    return this.caller !== undefined;
  }

  /** The id of the running process; undefined without one. */
  get pid(): number | undefined {
    return this.processId;
  }

  /** Calls of {@link run} that are not answered yet. */
  get openCalls(): number {
    return this.open;
  }

  /** Calls `then` when the line is up, at once if it is up already. */
  whenUp(then: () => void): void {
    if (this.isUp) {
      then();
    } else {
      this.waiting.add(then);
    }
  }

  /** A call that the watchdog watches. The line must be up. */
  async run<T>(method: string, argument: unknown): Promise<T> {
    this.open += 1;
    try {
      const answer = this.ask<T>(method, argument);
      return await (this.watchdog?.watch(answer) ?? answer);
    } finally {
      this.open -= 1;
    }
  }

  /**
   * A call that the watchdog does not see.
   *
   * @param limitMs the time that the call sets itself. A process that hangs longer than `hangMs` beyond it is ended.
   */
  async ask<T>(method: string, argument: unknown, limitMs?: number): Promise<T> {
    const { hangMs } = this.options;
    const { kill } = this;
    const timer =
      limitMs === undefined || hangMs === undefined
        ? undefined
        : setTimeout(() => kill?.(describeHang(limitMs + hangMs)), limitMs + hangMs).unref();
    try {
      return await (this.caller as Caller).call<T>(method, argument);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the other side for good; open calls reject. */
  close(): void {
    this.closing.abort();
    this.caller?.close();
    this.caller = undefined;
    this.waiting.clear();
  }

  private async start(signal: AbortSignal | undefined): Promise<LoadAnswer> {
    signal?.throwIfAborted();
    const { hangMs, onProgress } = this.options;
    const connection = this.connect();
    const caller = new Caller(connection.port);
    const stop = (): void => caller.close();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      const loaded = await caller.call<LoadAnswer>('load', this.load, onProgress);
      if (this.closing.signal.aborted) {
        caller.close();
      } else {
        this.watchdog =
          hangMs === undefined
            ? undefined
            : new Watchdog(hangMs, () => connection.kill(describeHang(hangMs)));
        this.kill = connection.kill;
        this.adopt(caller, connection);
      }
      return loaded;
    } catch (error) {
      caller.close();
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  private adopt(caller: Caller, { pid, ended }: Connection): void {
    const startedAt = performance.now();
    this.caller = caller;
    this.processId = pid;
    this.options.restart?.onStart?.(pid);
    void ended.then((error) => {
      // Without a restart the caller is kept, so that its calls reject with the reason of the end.
      if (this.options.restart !== undefined) {
        this.caller = undefined;
        if (performance.now() - startedAt > WELL_AFTER_MS) {
          this.retryMs = FIRST_RETRY_MS;
        }
        this.retryLater(error);
      }
    });
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const then of waiting) {
      then();
    }
  }

  private retryLater(error: Error): void {
    const { signal } = this.closing;
    if (signal.aborted) {
      return;
    }
    this.options.restart?.onLost?.(error, this.retryMs);
    const cancel = (): void => clearTimeout(timer);
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', cancel);
      this.start(signal).catch((error: Error) => this.retryLater(error));
    }, this.retryMs);
    signal.addEventListener('abort', cancel, { once: true });
    this.retryMs = Math.min(this.retryMs * 2, LONGEST_RETRY_MS);
  }
}

function describeHang(ms: number): string {
  return `answered nothing for ${ms / 1000} s and was ended`;
}
