/**
 * A two-way connection to another process. Messages are cloned: plain data and typed arrays arrive unchanged,
 * classes and functions do not.
 */
export interface Port {
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Called once, with the reason, when the other side has ended. */
  onEnd(listener: (reason: Error) => void): void;
  /** Whether this connection keeps the process running. */
  keepAlive(wanted: boolean): void;
  /** Ends the other side. */
  close(): void;
}

/** A started process of this package, with the port to it. */
export interface Connection {
  readonly port: Port;
  /** The process id; undefined if it could not be started. */
  readonly pid?: number | undefined;
  /** Resolves with the reason when it has ended. */
  readonly ended: Promise<Error>;
  /** Ends it; `ended` then gives this reason. */
  kill(reason: string): void;
}
