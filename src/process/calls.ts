import { InputError, InternalError } from '../errors/errors.js';
import { type ErrorMessage, fromErrorMessage, toErrorMessage } from './error-message.js';
import type { Port } from './port.js';

interface Request {
  readonly id: number;
  readonly method: string;
  readonly argument: unknown;
}

type Response = { readonly id: number } & (
  | { readonly progress: unknown }
  | { readonly result: unknown }
  | { readonly error: ErrorMessage }
);

/** A function that one side offers to the other; it may call `progress` until it is done. */
export type Handler = (argument: never, progress: (value: unknown) => void) => Promise<unknown>;

/** Answers calls that arrive at a port, each with the handler of its name. */
export function answerCalls(port: Port, handlers: Readonly<Record<string, Handler>>): void {
  port.onMessage(async (message) => {
    const { id, method, argument } = message as Request;
    try {
      const handler = handlers[method];
      if (handler === undefined) {
        throw new InternalError(`There is no handler for calls of "${method}".`);
      }
      const result = await handler(argument as never, (progress) => port.send({ id, progress }));
      port.send({ id, result });
    } catch (error) {
      port.send({ id, error: toErrorMessage(error) });
    }
  });
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress: ((value: never) => void) | undefined;
}

/** Calls handlers at the other end of a port. The process stays alive only while a call is open. */
export class Caller {
  private readonly pending = new Map<number, Pending>();
  private lastId = 0;
  /** The reason why no call can be made any more. */
  private ended: Error | undefined;

  constructor(private readonly port: Port) {
    port.onMessage((message) => this.settle(message as Response));
    port.onEnd((reason) => this.end(reason));
    port.keepAlive(false);
  }

  /** @throws the error of the other side, in its own class; the reason of its end, if it has ended. */
  call<T>(method: string, argument: unknown, onProgress?: (value: never) => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.ended !== undefined) {
        reject(this.ended);
        return;
      }
      this.lastId += 1;
      this.pending.set(this.lastId, { resolve: resolve as (result: unknown) => void, reject, onProgress });
      this.port.keepAlive(true);
      this.port.send({ id: this.lastId, method, argument } satisfies Request);
    });
  }

  /** Ends the other side; open calls reject. */
  close(): void {
    this.end(new InputError('The reranker is disposed; load it again to score.'));
    this.port.close();
  }

  private settle(response: Response): void {
    const call = this.pending.get(response.id);
    if (call === undefined) {
      return; // the call was closed in the meantime
    }
    if ('progress' in response) {
      call.onProgress?.(response.progress as never);
      return;
    }
    this.pending.delete(response.id);
    this.port.keepAlive(this.pending.size > 0);
    if ('error' in response) {
      call.reject(fromErrorMessage(response.error));
    } else {
      call.resolve(response.result);
    }
  }

  private end(reason: Error): void {
    this.ended ??= reason;
    for (const { reject } of this.pending.values()) {
      reject(this.ended);
    }
    this.pending.clear();
    this.port.keepAlive(false);
  }
}
