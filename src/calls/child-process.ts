import { fork } from 'node:child_process';
import { ModelUnavailableError } from '../errors/errors.js';
import type { Port } from './port.js';

/** A process of this package's own, and the line to it. */
export interface ChildProcess {
  readonly port: Port;
  readonly pid: number;
  /** Resolves when it has ended, whyever. */
  readonly ended: Promise<ModelUnavailableError>;
  /** Ends it, and says why. */
  kill(reason: string): void;
}

/** The line to the parent, in a process that was started so. */
export function lineToParent(): Port {
  return {
    send: (message) => void process.send?.(message),
    onMessage: (listener) => void process.on('message', listener),
    onEnd: () => {},
    keepAlive: () => {},
    close: () => process.disconnect(),
  };
}

/** Starts a process that runs a built file of this package, which answers calls. */
export function startChildProcess(entry: URL): ChildProcess {
  const child = fork(entry, {
    serialization: 'advanced',
    execArgv: [], // without this process's own flags
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  let killedBecause: string | undefined;
  const ended = new Promise<ModelUnavailableError>((resolve) => {
    const say = (how: string, cause?: Error): void =>
      resolve(new ModelUnavailableError(`The model's process ${how}; it is started again.`, { cause }));
    child.once('error', (cause) => say(`failed: ${cause.message}`, cause));
    child.once('exit', (code, signal) =>
      say(
        killedBecause ?? (signal === null ? `ended by itself (exit code ${code})` : `was ended by ${signal}`),
      ),
    );
  });
  const port: Port = {
    // A message to a process that has just ended is lost; its end is told by `ended`.
    send: (message) => void (child.connected && child.send(message as object, () => {})),
    onMessage: (listener) => void child.on('message', listener),
    onEnd: (listener) => void ended.then(listener),
    keepAlive: (wanted) => {
      const method = wanted ? 'ref' : 'unref';
      child[method]();
      child.channel?.[method]();
    },
    close: () => void child.kill('SIGKILL'),
  };
  const kill = (reason: string): void => {
    killedBecause = reason;
    port.close();
  };
  return { port, pid: child.pid ?? 0, ended, kill };
}
