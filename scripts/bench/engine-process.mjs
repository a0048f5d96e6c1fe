// An engine in a process of its own, with JSON lines as protocol (engines/protocol.mjs).

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Starts an engine and waits until it is loaded: {name, loaded, start_seconds, ask(request), end()}. */
export async function startEngine({ name, command, environment }) {
  const started = performance.now();
  const [program, ...args] = command;
  const child = spawn(program, args, {
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (data) => {
    said = (said + data).slice(-2000);
  });
  child.stdin.on('error', () => {}); // a process that has ended says why on stderr
  const spawnError = new Promise((_, reject) => child.on('error', reject));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await Promise.race([lines.next(), spawnError]);
    const answer = done ? { error: `the process ended: ${said}` } : JSON.parse(value);
    if (answer.error !== undefined) {
      throw new Error(`${name}: ${answer.error.trim().split('\n').slice(-3).join(' | ')}`);
    }
    return answer;
  };
  const { loaded } = await next();
  return {
    name,
    loaded: { ...loaded, start_seconds: (performance.now() - started) / 1000 },
    ask: (request) => {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return next();
    },
    end: () => {
      const ended = new Promise((resolve) => child.on('close', resolve));
      child.stdin.end();
      return ended;
    },
  };
}
