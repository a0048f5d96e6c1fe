/**
 * A two-way line to another thread or process. What is sent is cloned: plain data and typed arrays arrive, classes
 * and functions do not.
 */
export interface Port {
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Called once, when the other side has ended, with the reason. */
  onEnd(listener: (reason: Error) => void): void;
  /** Whether this line keeps the process running. */
  keepAlive(wanted: boolean): void;
  /** Ends the other side. */
  close(): void;
}
