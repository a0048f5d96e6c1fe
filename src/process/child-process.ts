import { fork } from 'node:child_process';
import { ModelUnavailableError } from '../errors/errors.js';
import type { Connection, Port } from './port.js';

/**
 * The port to the parent, in a process that {@link startChildProcess} started. This process ends when the parent closes
 * the port or ends. It ignores signals of the terminal: Ctrl-C reaches all processes, but the accepted requests of the
 * parent must still be computed.
 */
export function connectToParent(): Port {
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => {});
  process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  return {
    send: (message) => void process.send?.(message),
    onMessage: (listener) => void process.on('message', listener),
    onEnd: () => {},
    keepAlive: () => {},
    close: () => process.disconnect(),
  };
}

/** Starts a process that runs a file of this package, which answers calls through {@link connectToParent}. */
export function startChildProcess(entry: URL): Connection {
  const child = fork(entry, {
    serialization: 'advanced',
    execArgv: [], // without the flags of this process
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  let killedBecause: string | undefined;
  const ended = new Promise<Error>((resolve) => {
    const end = (how: string, cause?: Error): void =>
      resolve(new ModelUnavailableError(`The model's process ${how}; it is being restarted.`, { cause }));
    child.on('error', (cause) => end(`failed: ${cause.message}`, cause));
    child.once('exit', (code, signal) =>
      end(
        killedBecause ?? (signal === null ? `ended by itself (exit code ${code})` : `was ended by ${signal}`),
      ),
    );
  });
  const port: Port = {
    // A message to a process that has just ended is lost; `ended` reports the end.
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
  return { port, pid: child.pid, ended, kill };
}
